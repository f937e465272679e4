package starlark_test

import (
	"fmt"
	"log"
	"sync"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// Several goroutines work on one mutable heap, in parallel: what starlark-go's
// threads cannot do, whose values must be frozen before a second thread sees them.
func Example() {
	world := starlark.NewWorld(starlark.Config{Model: runtime.STM})
	globals, err := starlark.ExecFile(world.NewThread("main"), "accounts.star", `
accounts = {"ann": 100, "bob": 100}

def transfer(giver, taker, amount):
    for _ in atomic():      # both or neither, and nobody sees half of it
        accounts[giver] -= amount
        accounts[taker] += amount
`, nil)
	if err != nil {
		log.Fatal(starlark.Traceback(err))
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			thread := world.NewThread("teller") // one for each goroutine
			args := []starlark.Value{starlark.String("ann"), starlark.String("bob"), starlark.MakeInt(1)}
			for range 10 {
				if _, err := starlark.Call(thread, globals["transfer"], args, nil); err != nil {
					log.Fatal(starlark.Traceback(err))
				}
			}
		})
	}
	all.Wait()
	fmt.Println(starlark.Repr(world.NewThread("reader"), globals["accounts"]))
	// Output: {"ann": 20, "bob": 180}
}

// A program of one file, with its own threads.
func ExampleProgram_Run() {
	const src = `
counts = {}

def count(words):
    for w in words:
        for _ in atomic():
            counts[w] = counts.get(w, 0) + 1

threads = [thread.start(count, a.split()) for a in args]
for t in threads:
    t.join()
print(sorted(counts.items()))
`
	p, err := starlark.Compile("count.star", []byte(src))
	if err != nil {
		log.Fatal(err)
	}
	_, err = p.Run(starlark.Options{Model: runtime.STM, Args: []string{"a b a", "b b c"}})
	if err != nil {
		fmt.Println(starlark.Traceback(err))
	}
	// Output: [("a", 2), ("b", 3), ("c", 1)]
}

// A built-in is a Go function. It may call back.
func ExampleNewBuiltin() {
	apply := starlark.NewBuiltin("apply", func(thread *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
		var f starlark.Callable
		var x starlark.Value
		times := 1
		if err := starlark.UnpackArgs("apply", args, kwargs, "f", &f, "x", &x, "times?", &times); err != nil {
			return starlark.None, err
		}
		for range times {
			var err error
			if x, err = starlark.Call(thread, f.Value, []starlark.Value{x}, nil); err != nil {
				return starlark.None, err
			}
		}
		return x, nil
	})
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("main")
	_, err := starlark.ExecFile(thread, "apply.star", `
print(apply(lambda n: n * 2, 1, times = 10))
`, starlark.StringDict{"apply": apply})
	if err != nil {
		fmt.Println(starlark.Traceback(err))
	}
	// Output: 1024
}

// Go code takes part in transactions: this is one step for all other threads.
func ExampleThread_Atomically() {
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("main")
	stock, err := starlark.ToValue(thread, map[string]int{"apples": 3, "pears": 0})
	if err != nil {
		log.Fatal(err)
	}
	err = thread.Atomically(func() error {
		apples, err := starlark.Index(thread, stock, starlark.String("apples"))
		if err != nil {
			return err
		}
		if err := starlark.SetIndex(thread, stock, starlark.String("apples"), starlark.MakeInt(0)); err != nil {
			return err
		}
		return starlark.SetIndex(thread, stock, starlark.String("pears"), apples)
	})
	fmt.Println(starlark.Repr(thread, stock), err)
	// Output: {"apples": 0, "pears": 3} <nil>
}

// A thread can be stopped by a number of steps, by time, or by anybody.
func ExampleThread_SetMaxExecutionSteps() {
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("main")
	thread.SetMaxExecutionSteps(100_000)
	_, err := starlark.ExecFile(thread, "forever.star", `
def forever():
    while True:
        pass
forever()
`, nil)
	fmt.Println(starlark.Traceback(err))
	// Output:
	// Traceback (most recent call last):
	//   forever.star:5:8: in <toplevel>
	//   forever.star:3:5: in forever
	// Error: Starlark computation cancelled: too many steps
}

// Goroutines hand values to each other through a queue of the program's.
func Example_queue() {
	world := starlark.NewWorld(starlark.Config{Model: runtime.STM})
	main := world.NewThread("main")
	globals, err := starlark.ExecFile(main, "queue.star", `
requests, answers = queue(maxsize = 8), queue()

def serve():
    while True:
        x = requests.get()
        if x == None:
            return
        answers.put(x * x)

def ask(x):
    requests.put(x)
    return answers.get()

def stop():
    requests.put(None)
`, nil)
	if err != nil {
		fmt.Println(starlark.Traceback(err))
		return
	}
	served := make(chan error)
	go func() {
		_, err := starlark.Call(world.NewThread("server"), globals["serve"], nil, nil)
		served <- err
	}()
	v, err := starlark.Call(main, globals["ask"], []starlark.Value{starlark.MakeInt(12)}, nil)
	fmt.Println(v.AsInt(), err)
	_, err = starlark.Call(main, globals["stop"], nil, nil)
	fmt.Println(err, <-served)
	// Output:
	// 144 <nil>
	// <nil> <nil>
}

// A message that is sent only if the block which sends it succeeds, and a counter that
// cannot be asked twice.
func ExampleNewDeferred() {
	next := int64(0)
	env := starlark.StringDict{
		"send": starlark.NewDeferred("send", func(args []any) { fmt.Println("sent:", args[0]) }),
		"ticket": starlark.NewIrreversible("ticket", func(*starlark.Thread, []starlark.Value, []starlark.KV) (starlark.Value, error) {
			next++
			return starlark.MakeInt(next), nil
		}),
	}
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("main")
	_, err := starlark.ExecFile(thread, "send.star", `
def order(what, fails):
    send("order of %s" % what)
    if fails:
        fail("out of stock")
    send("number %d" % ticket())

atomic(order, "nuts", False)
print(atomic(try_call, order, "bolts", True)[1].message)
atomic(order, "screws", False)
`, env)
	fmt.Println(err)
	// Output:
	// sent: order of nuts
	// sent: number 1
	// fail: out of stock
	// sent: order of screws
	// sent: number 2
	// <nil>
}
