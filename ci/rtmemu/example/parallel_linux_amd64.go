package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// line is a word alone on its cache line.
type line struct {
	word uint64
	_    [56]byte
}

// until repeats a transaction until it commits, and returns how often it did
// not.
func until(transaction func() uint32) (aborts int) {
	for transaction() != committed {
		aborts++
		if aborts%50 == 0 {
			runtime.Gosched()
		}
	}
	return aborts
}

// counter adds on two goroutines to one word.
func counter(n int) {
	var p uint64
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range n {
				until(func() uint32 { return add(&p) })
			}
		})
	}
	all.Wait()
	fmt.Println("counter", p)
}

// transfer moves between words while transactions that read all of them demand
// that the sum be right.
func transfer(n int) {
	const words, each = 4, 1000
	accounts := make([]line, words)
	for i := range accounts {
		accounts[i].word = each
	}
	var all, readers sync.WaitGroup
	var done atomic.Bool
	wrong := 0
	reads := 0
	readers.Go(func() {
		for !done.Load() || reads < 10 {
			var total uint64
			until(func() (s uint32) { total, s = sum(&accounts[0].word, words, 64); return s })
			reads++
			if total != words*each {
				wrong++
			}
		}
	})
	for g := range 2 {
		all.Go(func() {
			for i := range n {
				from, to := (i+g)%words, (i*3+g+1)%words
				if from != to {
					until(func() uint32 { return move(&accounts[from].word, &accounts[to].word) })
				}
			}
		})
	}
	all.Wait()
	done.Store(true)
	readers.Wait()
	total := uint64(0)
	for i := range accounts {
		total += accounts[i].word
	}
	fmt.Println("total", total, "wrong", wrong, "reads", reads > 0)
}

// plainWriters adds to a word from transactions on one goroutine and with atomic
// operations on another.
func plainWriters(n int) {
	var from, to line
	var all sync.WaitGroup
	var done atomic.Bool
	added := uint64(0)
	all.Go(func() {
		for range n {
			until(func() uint32 { return move(&from.word, &to.word) })
		}
		done.Store(true)
	})
	all.Go(func() {
		for !done.Load() {
			atomic.AddUint64(&to.word, 1)
			added++
		}
	})
	all.Wait()
	fmt.Println("counter", to.word-added)
}

// isolated reads, outside transactions, two words that transactions write one
// after the other. Who sees the first write sees the second one too.
func isolated(n int) {
	accounts := make([]line, 2)
	var done atomic.Bool
	var readers sync.WaitGroup
	wrong := 0
	readers.Go(func() {
		for !done.Load() {
			first := atomic.LoadUint64(&accounts[0].word)
			second := atomic.LoadUint64(&accounts[1].word)
			// move takes from the first and adds to the second.
			if -first > second {
				wrong++
			}
		}
	})
	for range n {
		until(func() uint32 { return move(&accounts[0].word, &accounts[1].word) })
	}
	done.Store(true)
	readers.Wait()
	fmt.Println("moved", accounts[1].word, "wrong", wrong)
}

var sink atomic.Pointer[[]byte]

// weather runs transactions while the collector runs all the time, with its
// signals to all threads.
func weather(n int) {
	var done atomic.Bool
	var others sync.WaitGroup
	others.Go(func() {
		for !done.Load() {
			b := make([]byte, 10000)
			sink.Store(&b)
			runtime.GC()
		}
	})
	counter(n)
	done.Store(true)
	others.Wait()
}

// threads starts and ends threads all the time: a goroutine that ends while it
// is bound to its thread takes that with it.
func threads(n int) {
	var p uint64
	var done atomic.Bool
	var others, all sync.WaitGroup
	started := 0
	others.Go(func() {
		for !done.Load() || started < 100 {
			var one sync.WaitGroup
			one.Go(func() {
				runtime.LockOSThread()
				until(func() uint32 { return add(&p) })
			})
			one.Wait()
			started++
		}
	})
	for range 2 {
		all.Go(func() {
			for range n {
				until(func() uint32 { return add(&p) })
			}
		})
	}
	all.Wait()
	done.Store(true)
	others.Wait()
	fmt.Println("counter", p-uint64(started))
}

// signals runs transactions on the main thread, whose id it prints, until a
// signal has aborted one. It prints a line when it has caught a signal, so that
// the sender can wait for it.
func signals(int) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGUSR1)
	fmt.Println(syscall.Gettid())
	for spin(200) != 0 {
		select {
		case <-caught:
			fmt.Println("caught")
		default:
		}
	}
	<-caught // the one that has aborted it
	fmt.Println("aborted")
}
