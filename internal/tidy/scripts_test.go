package tidy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHardwareScriptElsewhere: where there can be no hardware transactions ci/rtm says that it has
// tested nothing, and that is no failure unless it was asked to be one.
func TestHardwareScriptElsewhere(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	for _, required := range []string{"", "1"} {
		cmd := exec.Command("bash", filepath.Join(root, "ci/rtm"))
		cmd.Env = append(os.Environ(), "GOARCH=arm64", "RTM_REQUIRED="+required)
		out, err := cmd.CombinedOutput()
		if (err != nil) != (required != "") || !strings.Contains(string(out), "NOT TESTED: hardware transactions are those of amd64") {
			t.Errorf("RTM_REQUIRED=%s: %v\n%s", required, err, out)
		}
	}
}
