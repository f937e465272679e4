package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ungil/tm"
)

// TestEveryNumberIsWritten: each field of Stats is in the text once, in a line of
// the right form.
func TestEveryNumberIsWritten(t *testing.T) {
	var s tm.Stats
	fields := reflect.ValueOf(&s).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetUint(uint64(1000 + i))
	}
	var text strings.Builder
	if err := write(&text, &s); err != nil {
		t.Fatal(err)
	}
	for i := range fields.NumField() {
		if n := strings.Count(text.String(), fmt.Sprintf(" %d\n", 1000+i)); n != 1 {
			t.Errorf("%s is written %d times, want once", fields.Type().Field(i).Name, n)
		}
	}
	form := regexp.MustCompile(`^(# (HELP|TYPE) tm_[a-z_]+ .+|tm_[a-z_]+_total(\{[a-z]+="[a-z]+"\})? [0-9]+)$`)
	for line := range strings.Lines(text.String()) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("line %q is not of the text format", line)
		}
	}
}

func TestHandler(t *testing.T) {
	_ = tm.Atomically(func(*tm.Tx) error { return nil })
	answer := httptest.NewRecorder()
	handler(answer, httptest.NewRequest("GET", "/metrics", nil))
	if got := answer.Body.String(); answer.Code != 200 || !strings.Contains(got, `tm_commits_total{face="atomically"} `) {
		t.Errorf("status %d, body %q", answer.Code, got)
	}
}

// TestExpvar: the line that the comment of tm.ReadStats gives.
func TestExpvar(t *testing.T) {
	if expvar.Get("tm") == nil { // a name can be published once in a process
		expvar.Publish("tm", expvar.Func(func() any { return tm.ReadStats() }))
	}
	var s tm.Stats
	if err := json.Unmarshal([]byte(expvar.Get("tm").String()), &s); err != nil {
		t.Error(err)
	}
}
