// Command prometheus shows how a program hands the numbers of its transactions to
// Prometheus: an HTTP handler writes them in the text format of version 0.0.4,
// which needs no library. To see them:
//
//	go run ./examples/prometheus -listen localhost:9100 &
//	curl localhost:9100/metrics
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/ungil/tm"
)

// A metric is a family of counters. Its values differ by one label, or there is
// one without any.
type metric struct {
	name, help, label string
	values            []value
}

type value struct {
	label string
	count uint64
}

// metrics sorts the numbers of the engine into families.
func metrics(s *tm.Stats) []metric {
	one := func(count uint64) []value { return []value{{count: count}} }
	return []metric{
		{"tm_commits_total", "Transactions that have happened.", "face", []value{
			{"atomically", s.Commits}, {"view", s.Views}, {"explicit", s.ExplicitCommits},
		}},
		{"tm_rollbacks_total", "Attempts that were rolled back.", "cause", []value{
			{"read", s.ReadConflicts}, {"validation", s.FailedValidations}, {"overwritten", s.Overwritten},
			{"priority", s.GaveWay}, {"retry", s.Retries}, {"error", s.Errors}, {"panic", s.Panics},
		}},
		{"tm_given_up_total", "Transactions whose context has ended or whose attempts are used up.", "cause", []value{
			{"context", s.Cancelled}, {"attempts", s.Exhausted},
		}},
		{"tm_extensions_total", "Snapshots that were moved to a later time.", "", one(s.Extensions)},
		{"tm_helps_total", "Steps that were taken for the commit of another.", "", one(s.Helps)},
		{"tm_waits_total", "Times that a transaction has slept in Retry.", "", one(s.Waits)},
		{"tm_wake_ups_total", "Times that one was woken.", "", one(s.WakeUps)},
		{"tm_priorities_total", "Attempts that had a priority.", "", one(s.Priorities)},
		{"tm_irrevocable_total", "Transactions that became irrevocable.", "", one(s.Irrevocable)},
		{"tm_hardware_commits_total", "Commits made by one hardware transaction.", "", one(s.HardwareCommits)},
		{"tm_registered_views_total", "Views that ran a second time.", "", one(s.RegisteredViews)},
	}
}

// write writes s in Prometheus' text format.
func write(w io.Writer, s *tm.Stats) error {
	for _, m := range metrics(s) {
		if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n", m.name, m.help, m.name); err != nil {
			return err
		}
		for _, v := range m.values {
			label := ""
			if m.label != "" {
				label = fmt.Sprintf("{%s=%q}", m.label, v.label)
			}
			if _, err := fmt.Fprintf(w, "%s%s %d\n", m.name, label, v.count); err != nil {
				return err
			}
		}
	}
	return nil
}

// handler answers with what the engine has done so far.
func handler(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s := tm.ReadStats()
	if err := write(w, &s); err != nil {
		log.Print(err) // the client has gone
	}
}

func main() {
	address := flag.String("listen", "localhost:9100", "address to listen on")
	flag.Parse()

	// Something to count.
	ticks := tm.NewVar(0)
	go func() {
		for range time.Tick(time.Millisecond) {
			_ = tm.Atomically(func(tx *tm.Tx) error { ticks.Set(tx, ticks.Get(tx)+1); return nil })
		}
	}()

	http.HandleFunc("GET /metrics", handler)
	log.Fatal(http.ListenAndServe(*address, nil))
}
