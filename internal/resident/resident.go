// Package resident tells how much memory the process has had. The system's other count,
// that of getrusage, begins with what the parent had at the fork.
package resident

import (
	"os"
	"strconv"
	"strings"
)

// Peak returns the largest number of bytes of the process that were in memory at a time,
// and 0 where the system does not tell.
func Peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, _ := strconv.ParseInt(fields[1], 10, 64) // 0 if it is none
			return kilobytes << 10
		}
	}
	return 0
}
