package starlark_test

import "testing"

// TestJoinWithTimeoutIsNoDeadlock: who waits for a limited time goes on in the end.
func TestJoinWithTimeoutIsNoDeadlock(t *testing.T) {
	everywhere(t, `
threads = []
def other(i):
    while len(threads) < 2:
        pass
    return threads[1 - i]
def first():
    other(0).join(timeout = 0.05)
    return "first"
def second():
    other(1).join()
    return "second"
threads.append(thread.start(first))
threads.append(thread.start(second))
print([t.result() for t in threads])
`, "[\"first\", \"second\"]\n")
}

// TestExpiredJoinIsForgotten: whoever has waited for a thread in vain, and waits for
// something else now, does not wait for that thread.
func TestExpiredJoinIsForgotten(t *testing.T) {
	everywhere(t, `
threads, q = [], queue()
def other(i):
    while len(threads) < 2:
        pass
    return threads[1 - i]
def taker():
    other(0).join(timeout = 0.01)
    return q.get()
def joiner():
    other(1).join()
    return "joined"
threads.append(thread.start(taker))
threads.append(thread.start(joiner))
threads[1].join(timeout = 0.2)
q.put("taken")
print([t.result() for t in threads])
`, "[\"taken\", \"joined\"]\n")
}

// TestShortTimeouts: a time that is over before the thread has fallen asleep is over. The
// second thread is awake all the time, so nobody looks whether all are asleep.
func TestShortTimeouts(t *testing.T) {
	everywhere(t, `
over = []
def awake():
    while not over:
        pass
    return "awake"
other = thread.start(awake)
for i in range(300):
    other.join(timeout = 0.0000005 * i)
over.append(None)
print(other.result())
`, "awake\n")
}
