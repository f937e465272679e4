package value

import (
	"fmt"
	"math"
	"time"
)

// A Timeout is an argument of UnpackArgs that says in seconds, as an int or float, how long to
// wait; a negative one stands for any time.
type Timeout time.Duration

// Unpack implements Unpacker.
func (d *Timeout) Unpack(v Value) error {
	var seconds float64
	switch {
	case v.IsInt():
		seconds = float64(v.AsInt())
	case v.IsFloat():
		seconds = v.AsFloat()
	default:
		return fmt.Errorf("got %s, want a number of seconds", v.TypeName())
	}
	switch {
	case math.IsNaN(seconds) || seconds < 0:
		return fmt.Errorf("got %v, want a number of seconds that is not negative", seconds)
	case seconds > math.MaxInt64/float64(time.Second)/2:
		seconds = math.MaxInt64 / float64(time.Second) / 2 // 146 years
	}
	*d = Timeout(seconds * float64(time.Second))
	return nil
}
