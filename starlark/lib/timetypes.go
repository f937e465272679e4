package lib

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/ungil/tm/starlark/value"
)

// An instant is a value of type time.time, a duration one of type time.duration.
type (
	instant struct {
		value.Object
		at time.Time
	}
	duration struct {
		value.Object
		d time.Duration
	}
)

var (
	timeType     = value.Type{Name: "time.time", Kind: value.KindOther}
	durationType = value.Type{Name: "time.duration", Kind: value.KindOther}
)

// NewTime makes a time.time.
func NewTime(at time.Time) value.Value {
	v := &instant{value.Object{Type: &timeType}, at}
	return value.FromObject(&v.Object)
}

// NewDuration makes a time.duration.
func NewDuration(d time.Duration) value.Value {
	v := &duration{value.Object{Type: &durationType}, d}
	return value.FromObject(&v.Object)
}

func timeOf(v value.Value) time.Time         { return (*instant)(v.Pointer()).at }
func durationOf(v value.Value) time.Duration { return (*duration)(v.Pointer()).d }

func isTime(v value.Value) bool     { return v.Type() == &timeType }
func isDuration(v value.Value) bool { return v.Type() == &durationType }

// A durationArg is an argument that is a duration, or a string that tells one.
type durationArg time.Duration

// Unpack implements value.Unpacker.
func (d *durationArg) Unpack(v value.Value) error {
	switch {
	case isDuration(v):
		*d = durationArg(durationOf(v))
	case v.IsString():
		parsed, err := time.ParseDuration(v.AsString())
		if err != nil {
			return err
		}
		*d = durationArg(parsed)
	default:
		return fmt.Errorf("got %s, want a duration, string, or int", v.TypeName())
	}
	return nil
}

func init() { // the functions refer to the types
	timeType.Repr = func(_ *value.Thread, v value.Value) string {
		return timeOf(v).Format("2006-01-02 15:04:05.999999999 -0700 MST")
	}
	timeType.Hash = func(t *value.Thread, v value.Value) (uint64, error) {
		return value.Hash(t, value.Int(timeOf(v).UnixNano()))
	}
	timeType.Equal = func(_ *value.Thread, x, y value.Value) (bool, error) { return timeOf(x).Equal(timeOf(y)), nil }
	timeType.Truth = func(_ *value.Thread, v value.Value) bool { return !timeOf(v).IsZero() }
	timeType.Order = func(_ *value.Thread, op value.Op, x, y value.Value) (bool, error) {
		return op.Holds(timeOf(x).Compare(timeOf(y))), nil
	}
	timeType.Attr, timeType.AttrNames, timeType.Binary = timeAttr, fieldNames(timeFields), timeBinary
	value.AddMethods(&timeType, map[string]value.Func{"format": timeFormat, "in_location": timeIn})

	durationType.Repr = func(_ *value.Thread, v value.Value) string { return durationOf(v).String() }
	durationType.Hash = func(t *value.Thread, v value.Value) (uint64, error) {
		return value.Hash(t, value.Int(int64(durationOf(v))))
	}
	durationType.Equal = func(_ *value.Thread, x, y value.Value) (bool, error) { return durationOf(x) == durationOf(y), nil }
	durationType.Truth = func(_ *value.Thread, v value.Value) bool { return durationOf(v) != 0 }
	durationType.Order = func(_ *value.Thread, op value.Op, x, y value.Value) (bool, error) {
		return op.Holds(cmp.Compare(durationOf(x), durationOf(y))), nil
	}
	durationType.Attr, durationType.AttrNames, durationType.Binary = durationAttr, fieldNames(durationFields), durationBinary
}

var timeFields = map[string]func(time.Time) int64{
	"year": func(t time.Time) int64 { return int64(t.Year()) }, "month": func(t time.Time) int64 { return int64(t.Month()) },
	"day": func(t time.Time) int64 { return int64(t.Day()) }, "hour": func(t time.Time) int64 { return int64(t.Hour()) },
	"minute": func(t time.Time) int64 { return int64(t.Minute()) }, "second": func(t time.Time) int64 { return int64(t.Second()) },
	"nanosecond": func(t time.Time) int64 { return int64(t.Nanosecond()) },
	"unix":       time.Time.Unix, "unix_nano": time.Time.UnixNano,
}

var durationFields = map[string]func(time.Duration) value.Value{
	"hours":        func(d time.Duration) value.Value { return value.Float(d.Hours()) },
	"minutes":      func(d time.Duration) value.Value { return value.Float(d.Minutes()) },
	"seconds":      func(d time.Duration) value.Value { return value.Float(d.Seconds()) },
	"milliseconds": func(d time.Duration) value.Value { return value.Int(d.Milliseconds()) },
	"microseconds": func(d time.Duration) value.Value { return value.Int(d.Microseconds()) },
	"nanoseconds":  func(d time.Duration) value.Value { return value.Int(d.Nanoseconds()) },
}

// fieldNames makes AttrNames of a table of fields.
func fieldNames[F any](fields map[string]F) func(*value.Thread, value.Value) []string {
	return func(*value.Thread, value.Value) []string {
		names := make([]string, 0, len(fields))
		for name := range fields {
			names = append(names, name)
		}
		return names
	}
}

func timeAttr(_ *value.Thread, v value.Value, name string) (value.Value, error) {
	if f := timeFields[name]; f != nil {
		return value.Int(f(timeOf(v))), nil
	}
	return value.Value{}, nil
}

func durationAttr(_ *value.Thread, v value.Value, name string) (value.Value, error) {
	if f := durationFields[name]; f != nil {
		return f(durationOf(v)), nil
	}
	return value.Value{}, fmt.Errorf("unrecognized time.duration attribute %q", name)
}

// timeBinary is time + duration, time - duration and time - time. The side does not
// matter, as in starlark-go.
func timeBinary(_ *value.Thread, op value.Op, v, other value.Value, _ bool) (value.Value, error) {
	at := timeOf(v)
	switch {
	case op == value.OpAdd && isDuration(other):
		return NewTime(at.Add(durationOf(other))), nil
	case op == value.OpSub && isDuration(other):
		return NewTime(at.Add(-durationOf(other))), nil
	case op == value.OpSub && isTime(other):
		return NewDuration(at.Sub(timeOf(other))), nil
	}
	return value.Value{}, nil
}

var (
	errDurationDivision = errors.New("time.duration division by zero")
	errIntRange         = errors.New("int value out of range (want signed 64-bit value)")
)

func durationBinary(t *value.Thread, op value.Op, v, other value.Value, left bool) (value.Value, error) {
	d := durationOf(v)
	if isDuration(other) {
		return durations(op, d, durationOf(other))
	}
	_, isInt := other.AsBigInt()
	switch {
	case op == value.OpAdd && isTime(other):
		return NewTime(timeOf(other).Add(d)), nil
	case op == value.OpMul && isInt:
		if !other.IsInt() {
			return value.Value{}, errIntRange
		}
		return NewDuration(d * time.Duration(other.AsInt())), nil
	case op == value.OpDiv && isInt && !left:
		return value.Value{}, errors.New("unsupported operation")
	case op == value.OpDiv && isInt && !other.IsInt():
		return value.Value{}, errIntRange
	case op == value.OpDiv && isInt:
		if other.AsInt() == 0 {
			return value.Value{}, errDurationDivision
		}
		return NewDuration(d / time.Duration(other.AsInt())), nil
	case op == value.OpDiv && other.IsFloat():
		if other.AsFloat() == 0 {
			return value.Value{}, errDurationDivision
		}
		return NewDuration(time.Duration(float64(d) / other.AsFloat())), nil
	}
	return value.Value{}, nil
}

// durations applies an operator to two durations.
func durations(op value.Op, x, y time.Duration) (value.Value, error) {
	switch op {
	case value.OpAdd:
		return NewDuration(x + y), nil
	case value.OpSub:
		return NewDuration(x - y), nil
	case value.OpDiv, value.OpFloorDiv:
		if y == 0 {
			return value.Value{}, errDurationDivision
		}
		if op == value.OpDiv {
			return value.Float(float64(x) / float64(y)), nil
		}
		return value.Int(int64(x / y)), nil
	}
	return value.Value{}, nil
}

func timeFormat(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	var layout string
	if err := value.UnpackPositionalArgs("format", args, kwargs, 1, &layout); err != nil {
		return value.Value{}, err
	}
	return value.Str(timeOf(recv).Format(layout)), nil
}

func timeIn(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	var name string
	if err := value.UnpackPositionalArgs("in_location", args, kwargs, 1, &name); err != nil {
		return value.Value{}, err
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return value.Value{}, err
	}
	return NewTime(timeOf(recv).In(loc)), nil
}
