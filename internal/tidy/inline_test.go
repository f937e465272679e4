package tidy

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestFastPathsInline asks the compiler. The seam costs nothing only as long as
// its aliases still inline to the atomic instruction, and a View is only as fast as
// its reads are inlined into the caller.
func TestFastPathsInline(t *testing.T) {
	cmd := exec.Command("go", "build", "-gcflags=-m", module, module+"/orec", module+"/clock", module+"/bench")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build -gcflags=-m: %v\n%s", err, out)
	}
	report := string(out)
	for _, name := range []string{
		"(*Tx).logRead", "filterBit", "slotHash", "unpin", "(*Tx).begin", "Now", "Tick",
		"Pack", "Status.State", "Status.Time", "IsPending", "IsCommitted", "(*Descriptor).LoadStatus", "(*Table).Entry",
	} {
		if !strings.Contains(report, "can inline "+name+"\n") {
			t.Errorf("%s does not inline any more", name)
		}
	}
	for _, call := range []string{
		`read\.go:.* inlining call to atomic\.\(\*Pointer\[.*\]\)\.Load`,
		`read\.go:.* inlining call to atomic\.\(\*Uint64\)\.Load`,
		`commit\.go:.* inlining call to atomic\.\(\*Pointer\[.*\]\)\.CompareAndSwap`,
		`variables\.go:.* inlining call to tm\.\(\*Var\[go\.shape\.int\]\)\.Get`, // the read of a View, whole
	} {
		if !regexp.MustCompile(call).MatchString(report) {
			t.Errorf("the compiler does not report %q: the seam is not free any more", call)
		}
	}
}
