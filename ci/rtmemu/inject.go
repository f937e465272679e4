//go:build linux && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// options is what the command line says.
type options struct {
	seed      uint64
	inject    float64  // probability that a transaction is made to abort
	codes     statuses // one of these is then its status
	place     string   // where: placeAny, placeBegin, placeEnd
	always    status   // every transaction aborts at its XBEGIN
	lines     int      // lines that a transaction may write
	readLines int      // lines that it may access
	steps     int      // instructions that it may execute
	switches  float64  // probability of a switch to another thread, at each instruction
	burst     int      // mean of the instructions of a thread that is switched to
	execute   string   // executeFast, executeStep, executeBoth

	lengths map[uint64]int // steps of the last commit, by address of the XBEGIN
}

const (
	placeAny   = "any"
	placeBegin = "begin"
	placeEnd   = "end"
)

const (
	executeFast = "fast" // what can be predicted is not stepped
	executeStep = "step"
	executeBoth = "both"
)

// An injection is a decision about one transaction.
type injection struct {
	inject bool
	step   int // before which instruction; at the latest before its XEND
	status uint32
}

// plan decides about transaction number n, which begins at address pc. It
// depends on the seed, on n, and for the place on how long the last one was; so
// a program whose transactions come in one order has the same aborts each time.
func (o *options) plan(n, pc uint64) injection {
	if o.always.given {
		return injection{inject: true, status: o.always.value}
	}
	if o.inject == 0 {
		return injection{}
	}
	random := rand.New(rand.NewPCG(o.seed, n))
	if random.Float64() >= o.inject {
		return injection{}
	}
	p := injection{inject: true, status: o.codes[random.IntN(len(o.codes))]}
	switch o.place {
	case placeAny:
		p.step = 1 + random.IntN(max(o.lengths[pc], 1))
	case placeEnd:
		p.step = o.steps
	}
	return p
}

// learn notes that the transaction at pc has committed after so many steps.
func (o *options) learn(pc uint64, steps int) { o.lengths[pc] = steps }

// A status is a flag for the status of an abort.
type status struct {
	value uint32
	given bool
}

var statusNames = []struct {
	name string
	bit  uint32
}{
	{"none", 0}, {"explicit", statusExplicit}, {"retry", statusRetry}, {"conflict", statusConflict},
	{"capacity", statusCapacity}, {"debug", statusDebug}, {"nested", statusNested},
}

// Set reads a number, or names of bits joined by +; explicit=N has code N.
func (s *status) Set(text string) error {
	if n, err := strconv.ParseUint(text, 0, 32); err == nil {
		s.value, s.given = uint32(n), true
		return nil
	}
	value := uint32(0)
	for word := range strings.SplitSeq(text, "+") {
		name, code, coded := strings.Cut(word, "=")
		if coded {
			n, err := strconv.ParseUint(code, 0, 8)
			if err != nil || name != "explicit" {
				return fmt.Errorf("%q is no status: a code is a number up to 255, as in explicit=7", word)
			}
			value |= uint32(n) << codeShift
		}
		bit, ok := statusBit(name)
		if !ok {
			return fmt.Errorf("%q is no status: a number, or of none, explicit, explicit=N, retry, conflict, capacity, debug, nested, joined by +", word)
		}
		value |= bit
	}
	s.value, s.given = value, true
	return nil
}

func statusBit(name string) (bit uint32, ok bool) {
	for _, s := range statusNames {
		if s.name == name {
			return s.bit, true
		}
	}
	return 0, false
}

func (s *status) String() string {
	if !s.given {
		return ""
	}
	return describe(s.value)
}

// describe is the inverse of Set.
func describe(value uint32) string {
	known := uint32(1<<6 - 1)
	if value&statusExplicit != 0 {
		known |= 0xff << codeShift
	}
	if value&^known != 0 {
		return fmt.Sprintf("%#x", value)
	}
	var words []string
	for _, s := range statusNames[1:] {
		if value&s.bit == 0 {
			continue
		}
		word := s.name
		if s.bit == statusExplicit {
			word = fmt.Sprintf("explicit=%d", value>>codeShift)
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, "+")
}

// statuses is a flag for a list of them, joined by commas.
type statuses []uint32

// Set reads the list.
func (l *statuses) Set(text string) error {
	*l = nil
	for word := range strings.SplitSeq(text, ",") {
		var s status
		if err := s.Set(word); err != nil {
			return err
		}
		*l = append(*l, s.value)
	}
	return nil
}

func (l *statuses) String() string {
	words := make([]string, len(*l))
	for i, s := range *l {
		words[i] = describe(s)
	}
	return strings.Join(words, ",")
}
