// Package explore runs small concurrent programs under every interleaving of
// their shared accesses, up to a stated bound.
//
// The code explored is the real one. All its shared words have types of
// package internal/word; under the build tag tmexplore each operation on one is
// announced here before it acts, and the explorer decides which thread goes
// next. The threads are coroutines (iter.Pull), so exactly one runs at a time
// and a switch costs some 160 ns. One step is one operation together with the
// code that follows it up to the next announcement.
//
// # Searches
//
//   - [Search] with a bound: every schedule of at most Preemptions preemptions, a
//     preemption being a switch away from a thread that could go on. Nothing else
//     is left out: no reduction is used here, because sleep sets and a bound do not
//     go together. A sleep set leaves a schedule out when an equivalent one has been
//     visited; that one may need more preemptions than the bound allows, and then
//     nobody visits it (Coons, Musuvathi, McKinley: Bounded partial-order reduction, 2013).
//   - [Search] with Preemptions = Unbounded: every schedule, one for each class
//     of equivalent ones, by sleep sets (Godefroid). Two adjacent steps of different threads
//     are independent, and their order does not matter, if they use different words or
//     both only read. A compare-and-swap that fails in the state where it is compared
//     counts as a read; sleep sets allow such conditional independence because an
//     operation is woken by the first step that depends on it. What the order
//     of steps says about real time must survive too: a step that begins an attempt and one
//     that ends an attempt are dependent, whatever words they use (see [Thread.Begin]).
//   - [Freeze]: a thread is stopped at each of its steps in turn; the others must end within a
//     bound; then it goes on.
//   - [Random]: many random schedules of larger programs.
//
// Each schedule is run a second time (Config.Once turns this off) and must give
// the same trace and the same outcome; if it does not, something in the program
// depends on more than the schedule, and the search fails, since then it
// would be neither complete nor repeatable.
//
// # What a program must do
//
//   - Setup builds all state anew: nothing is left from an earlier run. Pools are emptied by
//     the explorer.
//   - It is deterministic: no order of maps, no time, no random back-off, no order of
//     addresses other than inside one allocation.
//   - Its threads share only words of internal/word, or memory that these hand over. Plain
//     data races are not seen here; the race detector looks for those.
//   - It does not wait for anything but through such words, and no thread calls runtime.Goexit.
//
// Words are named by the order of their first announcement in a run, which is
// the same in every run of one schedule, unlike addresses. The explorer keeps every word
// announced alive until the run is over, so that no address stands for two words.
//
// # Memory
//
// What is found holds for sequentially consistent memory, which is what
// Go's atomic operations give; plain loads and stores that the race detector
// accepts add no behaviour, and assembly is not seen. Those accesses to shared words that are
// weaker than Go's atomics (word.StoreUint64, StorePointer, LoadPlain) act as atomic ones, unless
// Config.Memory says otherwise:
//
//   - [TSO]: plain stores wait in a buffer of their thread, eight at most, and become visible in
//     their order. Every atomic operation that writes empties the buffer first. amd64.
//   - [Weak]: besides, stores to different words become visible in any order, and a plain
//     load may give any value that its word has had since the thread's last word.LoadBarrier, or rather
//     since the last load before that barrier was done; but never one older than a value of
//     the word that the thread has written or read. Atomic operations do not order plain loads
//     (on arm64 those that load do).
//
// So both kinds of reordering become choices of the search: which value a plain load gives, and whether
// a delayed store becomes visible before another thread's step on its word. They are no preemptions.
//
// Not modelled: loads that are done later than a store behind them (load buffering, which
// arm64 allows); a thread that sees its own delayed store before others do (it
// empties its buffer instead); an atomic operation in two halves (LDAXR, STLXR); compilers. Litmus
// tests in weak_test.go say what each model allows.
package explore
