package starlark_test

import (
	"fmt"
	"strings"
)

// Programs for TestReplay: a few threads over a heap that all of them share, made of bytes by
// templates whose holes are typed. Every program ends: nothing goes over a list that
// grows meanwhile but a loop that is left after some rounds (two threads that each append to the
// list that the other goes over would never end). Values are bounded, and whatever holds
// containers is never printed or compared, since graphs have exponentially many paths.

// A statement is a line, or a block with its first line.
type statement struct {
	text  string
	block bool
	body  []*statement
}

// A threadedProgram has functions, which threads run, and statements of the main thread.
type threadedProgram struct {
	functions [][]*statement // t0, t1, ...
	main      []*statement
	quantum   int
}

// sharedPrelude makes what all threads share. Everything is reachable in two ways at least.
const sharedPrelude = `
load("m.star", "ML", "MD", MF = "f")
N, S = 1, "s"
L, M, C, D, E, F = [3, 1, 2], [], {"a": 1, "b": 2}, {}, set(["a", 1]), []
D["L"] = L
M.append(L)
def total(ints):
    n = 0
    for y in ints[:30]:
        n += y
    return n % 1000
def depth(n):
    if n == 0:
        return len(L)
    m = n + len(C)
    return (depth(n - 1) + m) % 1000
def put(list, y):
    list.append(y)
    return len(list)
Q, V = queue(), cell(0)
def failing(n):
    L.append(n)
    C["f"] = n
    V.value = n
    Q.put(n)
    print("of a function that fails if odd:", n)
    if n % 2 == 1:
        fail("odd", n)
    return len(L)

# Waiting. Main waits for nobody else, and supplies what the others may wait for.
W, Y, G, X, R = queue(2), lock(), semaphore(1), event(), barrier(2)
ALL = {}
def begin(f, *args):
    for _ in atomic():  # who is cancelled in between would leave a thread that nobody helps
        t = thread.start(f, *args)
        ALL[t] = len(args)
    return t
def supply():
    for _ in atomic():
        if W.empty():
            W.put(1)
        elif W.full():
            W.get()
        if Q.empty():
            Q.put(2)
        if Y.locked():
            Y.release()
        if G.value() == 0:
            G.release()
        X.set()
    if R.n_waiting():
        R.abort()
def helped(t):
    while not t.done():
        supply()
    return t
def finish():
    n = -1
    while n < len(ALL):
        n = len(ALL)
        for t in list(ALL):
            helped(t)
i, x, l, d, h, a, b, rounds = 0, 1, [5], {}, [], M, D, 0
`

// replayModules are what the programs load.
var replayModules = map[string]string{
	"m.star": "load(\"n.star\", \"n\", \"square\")\nML, MD = [n, 2], {\"a\": n}\ndef f(x):\n    return square(x) % 1000 if type(x) == \"int\" else len(ML) + len(MD)\n",
	"n.star": "def square(x):\n    return x * x\nt = thread.start(square, 3)\nn = t.result()\n",
}

// locals are a function's own, by the same names as the main thread's variables.
const locals = "    i, x, l, d, h, rounds = a, 1, [a], {\"z\": b}, [], 0\n"

// threadedHoles are what stands for {letter}: I an int, K a key, V any value, B a condition,
// T a call for thread.start.
var threadedHoles = map[byte][]string{
	'I': {
		"1", "0", "2", "5", "i", "x", "N", "len(L)", "len(M)", "len(C)", "len(D)", "len(E)", "len(S)", "C.get({K}, 0)", "(L[0] if L else 0)", "(L[-1] if L else 0)", "total(L)", "total(l)", "depth({I} % 4)",
		"({I} + {I}) % 1000", "({I} * 3) % 1000", "({I} - {I})", "max({I}, {I})", "(F[-1]() if F else 7)", "(F[0]() if F else 7)", "total(sorted(L[:5], key = lambda y: y * {I} % 5)[:2])", "total([y for y in L[:6] if y > {I}])",
		"(1 if {B} else {I})", "total(list(C.values()))", "put(l, {I})", "put(L, {I})", "len(h)", "(1 if h and h[-1].done() else 0)", "total(L[1:3])", "C[\"a\"]", "L[{I} % 2]", "C.pop({K}, 3)", "C.setdefault({K}, {I})", "len(d)", "(L.pop() if len(L) > 1 else 4)", "C.get(\"a\", 1)", "N % 5", "V.value", "Q.qsize()", "(Q.get(False) if Q.qsize() > 1 else 2)", "(2 if try_call(failing, {I})[0] else 3)", "or_else(lambda: check({B}) or put(L, {I}), lambda: put(l, 2))", "atomic(put, L, {I})",
		"MF({I})", "MF(L)", "len(ML)", "MD.get({K}, 8)", "W.qsize()", "G.value()", "(1 if Y.locked() or X.is_set() else 2)", "R.n_waiting()", "(3 if try_call(ML.append, {I})[0] else 4)", "ALL[h[-1]] if h else 0",
	},
	'K': {`"a"`, `"b"`, `"c"`, `"k%d" % ({I} % 6)`, `"k%d" % ({I} % 6)`, "{I} % 5", "1", "1.0", "({I} % 3, \"t\")", "S", "None", "True"},
	'V': {"{I}", "S", "[{I}]", "({I}, [x])", "L", "M", "D", "C", "E", "F", "l", "d", "a", "None", "[l, l]", "(l, d)", "h", "total", "dict(C)", "[y for y in L][:4]", "lambda: x", "M[:2]"},
	'B': {"{I} % 2 == 0", "{I} < {I}", "{K} in C", "{K} in D", "{K} in E", "L == l", "len(L) > 4", "not ({B})", "{B} and {B}", "{I} in L", "1 < len(h)", "len(L) < 3", "len(M) < 5"},
	'T': {"t0, {I} % 9, {V}", "t1, {I} % 9, {V}", "t2, {I} % 9, {V}", "put, L, {I}", "L.append, {I}", "lambda: L.append(x)", "print, {I}, {K}", "total, L", "try_call, failing, {I}", "failing, {I}"},
}

// threadedLines are statements, threadedBlocks first lines of blocks.
var threadedLines = []string{
	"print(\"sees\", {I}, {I})", "L.append({I})", "C[{K}] = {I}", "C[\"a\"] = C.get(\"a\", 0) + 1", "C[{K}] = C.get(\"b\", 0) + 1", "x = {I}", "x += 1", "i = {I}", "print(L[:5], list(C)[:5])", "D[{K}] = {V}",
	"if L: L[0] = {I}", "if L: L[-1] = {I}", "L[{I} % 3] = {I}", "if len(L) > 1: L[0], L[1] = L[1], L[0]", "L.insert({I} % 4, {I})", "if {I} in L: L.remove(L[-1])", "L.extend([{I}, {I}])", "L.extend([{I}, {I}])", "if len(L) > 5: L.clear()", "if len(L) > 3: L.pop(0)", "while len(L) > 9: L.pop()", "M.append({V})", "if M: M[-1] = {V}", "if M: M[0] = {V}", "M.insert(0, {V})", "if len(M) > 3: M.pop()",
	"l.append({I})", "if l: l[0] = {I}", "l = L[:4]", "l = [y + {I} for y in L[:5]]", "l += [{I}]", "l = [x]", "l = list(C.values())[:4]", "a = {V}", "C.update([(\"a\", {I}), ({K}, {I})])", "C.pop({K}, None)", "if C: C.popitem()", "C.setdefault({K}, {I})", "C.clear()",
	"D.pop({K}, None)", "D.update([({K}, {V})])", "D.setdefault({K}, {V})", "d[{K}] = {V}", "d = dict(C)", "d = {\"l\": l, \"x\": x}", "b = {V}", "E.add({K})", "E.discard({K})", "E.update([{K}, {K}])", "E.clear()", "F.append(lambda: x)", "F.append(lambda: x)", "if F: L.append(F[-1]())", "if F: x = (x + F[0]()) % 1000", "if F: C[\"x\"] = F[-1]()", "F.append(lambda y = l: total(y) % 9)",
	"if h: h[-1].join()", "if h: M.append(h[-1].result())", "if h and {B}: h[-1].cancel()", "print(total([len(str(k)) for k in D]), {I})", "print(sorted([str(k) for k in E])[:6])", "print(list(E)[:6], list(D)[:0])", "print([k for k in C][-3:])", "if {B} and {B}: fail(\"failed\", {I})", "x = 6 // (2 + {I} % 9)", "V.value = {I}", "V.value += 1", "Q.put({I})", "Q.put({I})", "i = try_call(Q.get, False)[0] and 1 or 2", "for _ in atomic(): x += V.value; V.value = {I}",
	"print(try_call(failing, {I}))", "print(try_call(failing, {I}))", "try_call(atomic, failing, {I})", "atomic(failing, {I} * 2)", "d = try_call(lambda: M.append({V}) or fail(\"out\", {I}))[1] and d", "or_else(lambda: failing({I} * 2) and retry(), lambda: put(L, 1))", "l.append(x); M.append(l)",
}

// waitingLines may wait. They stand outside of atomic blocks, since one that clears the event that it waits for would
// wait for ever, and are for threads other than the main one.
var waitingLines = []string{
	"x = W.get()", "W.put({I})", "W.put(x)", "x = Q.get()", "Y.acquire()", "Y.acquire(); try_call(Y.release)", "try_call(Y.release)", "G.acquire(); L.append({I}); G.release()", "G.acquire()", "X.wait()", "X.clear()", "print(try_call(R.wait))", "x = try_call(W.get)[1]",
	"for _ in atomic(): x = Q.get(); L.append(x)", "for _ in atomic(): C[\"w\"] = {I}; W.put(x); i = Q.get()", "for _ in atomic(): Y.acquire(); G.acquire(); L.append({I}); Y.release()", "for _ in atomic(): x = {I}; check(X.is_set() or len(L) > 4)",
	"i = or_else(W.get, lambda: 3)", "i = or_else(lambda: check(len(L) > 6) or 1, lambda: X.wait() and 2)", "i = or_else(lambda: put(L, W.get()), Q.get)", "x = atomic(W.get)", "x = try_call(atomic, lambda: Q.get() % 2 == 0 or fail(\"odd item\"))[0]", "print(MF(W.get()))",
}

const atomicBlock = "for _ in atomic():"

// liveLoop goes over a list that grows meanwhile, so it has to be left.
const liveLoop = "for y in L:"

var threadedBlocks = []string{
	atomicBlock, atomicBlock, atomicBlock, "for i in range(3):", "for i in range(2):", "for y in L[:3]:", liveLoop, "for k in C:", "for k, v in list(C.items())[:3]:", "if {B}:", "if {B}:", "for y in E:",
}

// mainLines are for the main thread only: nobody else can assign to globals.
var mainLines = []string{"N += 1", "N = {I}", "X.set()", "try_call(R.abort) if {B} and {B} else 0", "if h: h[-1].cancel()", "if h: h[0].cancel()", "if h: M.append(h[-1]); h[-1].cancel(); print(h[-1].done())", "S = (S + \"s\")[-5:]", "L, l = l, L", "L = [N]", "M = [M, L]", "D = {\"L\": L}", "C = {\"a\": N}", "E = set([N])", "F = F[:2]", "L = L + [N]"}

const (
	threadedFunctions = 3
	mostBytes         = 600 // of which a program is made
)

// A threadedProgrammer makes a program of bytes. What is missing counts as 0, and the first
// choices are the simplest.
type threadedProgrammer struct {
	data  []byte
	depth int // of expressions
}

func (p *threadedProgrammer) next(n int) int {
	if len(p.data) == 0 {
		return 0
	}
	b := p.data[0]
	p.data = p.data[1:]
	return int(b) % n
}

// fill fills the holes of a template.
func (p *threadedProgrammer) fill(template string) string {
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if i+2 < len(template) && template[i] == '{' && template[i+2] == '}' && threadedHoles[template[i+1]] != nil {
			b.WriteString(p.hole(template[i+1]))
			i += 2
			continue
		}
		b.WriteByte(template[i])
	}
	return b.String()
}

func (p *threadedProgrammer) hole(kind byte) string {
	list := threadedHoles[kind]
	n := p.next(len(list))
	if p.depth > 2 {
		n %= 5
	}
	p.depth++
	defer func() { p.depth-- }()
	return p.fill(list[n])
}

// A scope is where statements stand.
type scope struct {
	nesting int
	starter bool // they may start threads
	main    bool // they are the main thread's
	atomic  bool // they are in an atomic block
}

// inside is the scope of a block's body.
func (s scope) inside(block string) scope {
	return scope{s.nesting + 1, s.starter && s.nesting == 0, s.main, s.atomic || block == atomicBlock}
}

// statements makes up to most statements.
func (p *threadedProgrammer) statements(most int, in scope) []*statement {
	var all []*statement
	for range 1 + p.next(most) {
		switch choice := p.next(16); {
		case choice >= 11 && in.nesting < 3:
			s := &statement{text: p.fill(threadedBlocks[p.next(len(threadedBlocks))]), block: true}
			s.body = p.statements(3, in.inside(s.text))
			all = append(all, s)
		case choice == 10 && in.starter:
			all = append(all, &statement{text: "h.append(begin(" + p.hole('T') + "))"})
		case choice >= 8 && in.main:
			all = append(all, &statement{text: p.fill(mainLines[p.next(len(mainLines))])})
		case choice >= 8 && !in.atomic:
			all = append(all, &statement{text: p.fill(waitingLines[p.next(len(waitingLines))])})
		default:
			all = append(all, &statement{text: p.fill(threadedLines[p.next(len(threadedLines))])})
		}
	}
	return all
}

// threadedProgramOf returns the program that data stands for. Only the last function, which no other
// starts, and the main thread start threads: so there is an end to it.
func threadedProgramOf(data []byte) *threadedProgram {
	p := &threadedProgrammer{data: data[:min(len(data), mostBytes)]}
	program := &threadedProgram{quantum: []int{1, 3, 7, 20, 2, 5, 60, 0}[p.next(8)]}
	for range threadedFunctions {
		program.functions = append(program.functions, p.statements(9, scope{}))
	}
	starter := p.statements(6, scope{starter: true})
	program.functions = append(program.functions, starter)
	for i := range program.functions {
		s := fmt.Sprintf("h.append(begin(t%d, %d, %s))", i, i+1, p.hole('V'))
		program.main = append(program.main, &statement{text: s})
	}
	program.main = append(program.main, p.statements(6, scope{starter: true, main: true})...)
	for len(p.data) > 0 {
		program.main = append(program.main, p.statements(3, scope{starter: true, main: true})...)
	}
	return program
}

// String returns the source. Functions that are not mentioned are left out.
func (p *threadedProgram) String() string {
	var bodies strings.Builder
	writeStatements(&bodies, p.main, "", helping, notWaiting)
	for i := len(p.functions) - 1; i >= 0; i-- {
		name := fmt.Sprintf("t%d", i)
		if !strings.Contains(bodies.String(), name) {
			continue
		}
		var f strings.Builder
		fmt.Fprintf(&f, "def %s(a, b):\n%s", name, locals)
		writeStatements(&f, p.functions[i], "    ", unchanged, unchanged)
		f.WriteString("    return l\n")
		whole := f.String() + bodies.String()
		bodies.Reset()
		bodies.WriteString(whole)
	}
	return strings.TrimPrefix(sharedPrelude, "\n") + bodies.String()
}

// Before the main thread waits for another, it supplies what that may wait for. In an atomic
// block it cannot, since nobody would see that before the block's end; there it does not wait.
var (
	helping    = strings.NewReplacer("h[-1].join()", "helped(h[-1]).join()", "h[-1].result()", "helped(h[-1]).result()")
	notWaiting = strings.NewReplacer("if h: h[-1].join()", "if h and h[-1].done(): h[-1].join()", "if h: M.append(h[-1].result())", "if h and h[-1].done(): M.append(h[-1].result())")
	unchanged  = strings.NewReplacer()
)

// writeStatements writes a list and what is in its blocks. Lines outside and inside of atomic
// blocks are changed only here, since a program that is made smaller loses blocks.
func writeStatements(b *strings.Builder, all []*statement, indent string, outside, inside *strings.Replacer) {
	for _, s := range all {
		b.WriteString(indent + outside.Replace(s.text) + "\n")
		if !s.block {
			continue
		}
		body := outside
		if s.text == atomicBlock {
			body = inside
		}
		writeStatements(b, s.body, indent+"    ", body, inside)
		if s.text == liveLoop {
			b.WriteString(indent + "    rounds += 1\n" + indent + "    if rounds > 20: break\n")
		} else if len(s.body) == 0 {
			b.WriteString(indent + "    pass\n")
		}
	}
}

// randomBytes returns n bytes that depend on seed alone.
func randomBytes(seed uint64, n int) []byte {
	data := make([]byte, n)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := range data {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		x += uint64(i)
		data[i] = byte(x >> 24)
	}
	return data
}
