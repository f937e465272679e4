package lib

import (
	"errors"
	"time"

	"github.com/ungil/tm/starlark/value"
)

// Time is the module time. Reading the clock is no part of a transaction: one that
// runs again reads it again, and threads that read it do not conflict.
var Time = module("time", false, map[string]value.Func{
	"from_timestamp": timeFromTimestamp, "is_valid_timezone": timeIsValidTimezone, "now": timeNow,
	"parse_duration": timeParseDuration, "parse_time": timeParse, "time": timeMake,
}, map[string]value.Value{
	"nanosecond": NewDuration(time.Nanosecond), "microsecond": NewDuration(time.Microsecond), "millisecond": NewDuration(time.Millisecond),
	"second": NewDuration(time.Second), "minute": NewDuration(time.Minute), "hour": NewDuration(time.Hour),
})

// A Clock is what a thread's Host implements to replace the clock of time.now.
type Clock interface {
	Now() (time.Time, error)
}

func timeNow(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if c, ok := t.Host.(Clock); ok {
		now, err := c.Now()
		return NewTime(now), err
	}
	return NewTime(time.Now()), nil
}

func timeParseDuration(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var d durationArg
	err := value.UnpackPositionalArgs("parse_duration", args, kwargs, 1, &d)
	return NewDuration(time.Duration(d)), err
}

func timeIsValidTimezone(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var name string
	if err := value.UnpackPositionalArgs("is_valid_timezone", args, kwargs, 1, &name); err != nil {
		return value.Value{}, err
	}
	_, err := time.LoadLocation(name)
	return value.Bool(err == nil), nil
}

func timeParse(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	text, format, location := "", time.RFC3339, "UTC"
	if err := value.UnpackArgs("parse_time", args, kwargs, "x", &text, "format?", &format, "location?", &location); err != nil {
		return value.Value{}, err
	}
	if location == "UTC" {
		at, err := time.Parse(format, text)
		return NewTime(at), err
	}
	loc, err := time.LoadLocation(location)
	if err != nil {
		return value.Value{}, err
	}
	at, err := time.ParseInLocation(format, text, loc)
	return NewTime(at), err
}

func timeFromTimestamp(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var sec, nsec int64
	if err := value.UnpackPositionalArgs("from_timestamp", args, kwargs, 1, &sec, &nsec); err != nil {
		return value.Value{}, err
	}
	return NewTime(time.Unix(sec, nsec)), nil
}

func timeMake(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var year, month, day, hour, minute, second, nanosecond int
	location := ""
	err := value.UnpackArgs("time", args, kwargs, "year?", &year, "month?", &month, "day?", &day,
		"hour?", &hour, "minute?", &minute, "second?", &second, "nanosecond?", &nanosecond, "location?", &location)
	if err != nil {
		return value.Value{}, err
	}
	if len(args) > 0 {
		return value.Value{}, errors.New("time: unexpected positional arguments")
	}
	loc, err := time.LoadLocation(location)
	if err != nil {
		return value.Value{}, err
	}
	return NewTime(time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, loc)), nil
}
