//go:build linux && amd64

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// A cause is why a transaction was aborted.
type cause string

const (
	causeExplicit    cause = "explicit"    // XABORT
	causeConflict    cause = "conflict"    // another thread accessed one of its lines
	causeCapacity    cause = "capacity"    // too many lines or steps
	causeInstruction cause = "instruction" // one that no transaction survives, or that the emulator does not know
	causeFault       cause = "fault"       // the instruction would have raised a signal
	causeSignal      cause = "signal"      // one came from outside
	causeNesting     cause = "nesting"     // too deep
	causeKilled      cause = "killed"      // with its process
	causeInjected    cause = "injected"    // -inject, -always
)

// statistics counts what has happened to transactions.
type statistics struct {
	begun       uint64
	committed   uint64
	causes      map[cause]uint64
	statuses    map[uint32]uint64
	steps       uint64 // instructions inside transactions
	stepsBeside uint64 // instructions of other threads while one was in flight
	predicted   uint64 // of these, without a step of the processor
	compared    uint64 // of these, predicted and stepped, with the same result
	flights     uint64
	flying      time.Duration // while one was in flight
	stopping    time.Duration // of it: until all threads had stopped
	maxSteps    int
	maxWritten  int
	maxLines    int
}

func newStatistics() *statistics {
	return &statistics{causes: map[cause]uint64{}, statuses: map[uint32]uint64{}}
}

func (s *statistics) commit(tx *transaction) {
	s.committed++
	s.size(tx)
}

func (s *statistics) abort(tx *transaction, status uint32, why cause) {
	s.causes[why]++
	s.statuses[status]++
	s.size(tx)
}

func (s *statistics) size(tx *transaction) {
	s.maxSteps = max(s.maxSteps, tx.steps)
	s.maxWritten = max(s.maxWritten, tx.written)
	s.maxLines = max(s.maxLines, len(tx.lines))
}

// summary is one line for a person. The seed in it repeats the decisions.
func (s *statistics) summary(seed uint64) string {
	aborts := []string{}
	total := uint64(0)
	for _, why := range slices.Sorted(maps.Keys(s.causes)) {
		aborts = append(aborts, fmt.Sprintf("%s %d", why, s.causes[why]))
		total += s.causes[why]
	}
	list := ""
	if total > 0 {
		list = " (" + strings.Join(aborts, ", ") + ")"
	}
	return fmt.Sprintf("-seed %d: %d transactions, %d committed, %d aborted%s; %d steps inside, %d beside; largest %d steps, %d lines, %d written; %.1f s in flight, of them %.1f s to stop threads",
		seed, s.begun, s.committed, total, list, s.steps, s.stepsBeside, s.maxSteps, s.maxLines, s.maxWritten, s.flying.Seconds(), s.stopping.Seconds())
}

// A Record is what -stats appends to its file, one line of JSON a run.
type Record struct {
	Program     string            `json:"program"`
	Exit        int               `json:"exit"`
	Seed        uint64            `json:"seed"`
	Begun       uint64            `json:"begun"`
	Committed   uint64            `json:"committed"`
	Aborted     uint64            `json:"aborted"`
	Causes      map[cause]uint64  `json:"causes"`
	Statuses    map[string]uint64 `json:"statuses"` // by what EAX had, as in -code
	Steps       uint64            `json:"steps"`
	StepsBeside uint64            `json:"steps_beside"`
	Predicted   uint64            `json:"predicted"`
	Compared    uint64            `json:"compared"`
	MaxSteps    int               `json:"max_steps"`
	MaxLines    int               `json:"max_lines"`
	MaxWritten  int               `json:"max_written"`
	Flights     uint64            `json:"flights"`
	Flying      float64           `json:"flying_seconds"`
	Stopping    float64           `json:"stopping_seconds"`
}

// appendTo appends the record of a run to a file.
func (s *statistics) appendTo(path, program string, exit int, seed uint64) error {
	r := Record{
		Program: program, Exit: exit, Seed: seed, Begun: s.begun, Committed: s.committed, Causes: s.causes, Statuses: map[string]uint64{},
		Steps: s.steps, StepsBeside: s.stepsBeside, Predicted: s.predicted, Compared: s.compared, MaxSteps: s.maxSteps, MaxLines: s.maxLines, MaxWritten: s.maxWritten,
		Flights: s.flights, Flying: s.flying.Seconds(), Stopping: s.stopping.Seconds(),
	}
	for value, n := range s.statuses {
		r.Statuses[describe(value)] += n
		r.Aborted += n
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
