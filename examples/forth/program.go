package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An opcode is what an instruction does; a comment names its argument.
type opcode uint8

const (
	push        opcode = iota // the number
	call                      // the position of the word
	leave                     // end of a word
	jump                      // the position
	jumpIfZero                // the position
	binary                    // an index of binaries
	duplicate                 // dup
	drop                      // drop
	swap                      // swap
	over                      // over
	load                      // @
	store                     // !
	begin                     // atomic
	end                       // end-atomic
	await                     // await
	start                     // the position of the word
	join                      // join
	printNumber               // .
	stop                      // end of the program
)

// plain are the words that are one instruction without an argument.
var plain = map[string]opcode{
	"dup": duplicate, "drop": drop, "swap": swap, "over": over, "@": load, "!": store,
	"atomic": begin, "end-atomic": end, "await": await, "join": join, ".": printNumber,
}

// needs is how many values an instruction takes from the stack at least.
var needs = [...]int{jumpIfZero: 1, binary: 2, duplicate: 1, drop: 1, swap: 2, over: 2, load: 1, store: 2, await: 1, printNumber: 1, stop: 0}

// An instruction is one step of a thread: no other thread sees half of it.
type instruction struct {
	op       opcode
	argument int
	line     int // in the source
}

// A program is what compile makes of a source text. It does not change.
type program struct {
	code      []instruction
	main      int // where the text outside of definitions begins
	variables int
}

// A compiler is at one token of a source. Definitions go to the front of the
// code, the rest behind them.
type compiler struct {
	tokens      []token
	definitions []instruction
	outside     []instruction
	code        *[]instruction // one of the two
	words       map[string]int
	variables   map[string]int
	open        []opening
}

type token struct {
	text string
	line int
}

// An opening is the first half of a control structure.
type opening struct {
	word string
	at   int // in the code: the jump that its second half completes, or where that jumps to
}

func compile(source string) (*program, error) {
	c := compiler{words: map[string]int{}, variables: map[string]int{}}
	c.code = &c.outside
	for i, line := range strings.Split(source, "\n") {
		line, _, _ = strings.Cut(line, "\\") // a comment
		for _, text := range strings.Fields(line) {
			c.tokens = append(c.tokens, token{text, i + 1})
		}
	}
	for len(c.tokens) > 0 {
		t := c.next()
		if err := c.word(t); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", t.line, t.text, err)
		}
	}
	if len(c.open) > 0 {
		return nil, fmt.Errorf("end of the program: %s is not closed", c.open[len(c.open)-1].word)
	}
	main := len(c.definitions)
	for _, in := range append(c.outside, instruction{op: stop}) {
		if in.op == jump || in.op == jumpIfZero {
			in.argument += main
		}
		c.definitions = append(c.definitions, in)
	}
	return &program{c.definitions, main, len(c.variables)}, nil
}

func (c *compiler) next() (t token) {
	if len(c.tokens) > 0 {
		t, c.tokens = c.tokens[0], c.tokens[1:]
	}
	return t
}

func (c *compiler) emit(op opcode, argument, line int) {
	*c.code = append(*c.code, instruction{op, argument, line})
}

// word compiles one token, and the name that may follow it.
func (c *compiler) word(t token) error {
	if op, ok := plain[t.text]; ok {
		c.emit(op, 0, t.line)
		return c.balance(t.text)
	}
	for i, b := range binaries {
		if b.name == t.text {
			c.emit(binary, i, t.line)
			return nil
		}
	}
	if at, ok := c.words[t.text]; ok {
		c.emit(call, at, t.line)
		return nil
	}
	if at, ok := c.variables[t.text]; ok {
		c.emit(push, at, t.line)
		return nil
	}
	if n, err := strconv.Atoi(t.text); err == nil {
		c.emit(push, n, t.line)
		return nil
	}
	return c.structure(t)
}

// balance opens and closes atomic blocks, so that each ends in the word that it
// begins in.
func (c *compiler) balance(word string) error {
	switch word {
	case "atomic":
		c.opens(word, 0)
	case "end-atomic":
		_, err := c.closes("atomic")
		return err
	}
	return nil
}

// structures are the words that structure compiles.
var structures = []string{":", ";", "if", "else", "then", "begin", "until", "variable", "start"}

// structure compiles the words that belong together.
func (c *compiler) structure(t token) (err error) {
	here, from := len(*c.code), 0
	switch t.text {
	case ":":
		if len(c.open) > 0 {
			return fmt.Errorf("inside of %s: define words outside", c.open[len(c.open)-1].word)
		}
		c.code = &c.definitions
		c.opens(":", 0)
		return c.define(c.words, len(c.definitions)) // known to itself
	case ";":
		if _, err = c.closes(":"); err == nil {
			c.emit(leave, 0, t.line)
			c.code = &c.outside
		}
	case "if":
		c.emit(jumpIfZero, 0, t.line)
		c.opens("if", here)
	case "else":
		if from, err = c.closes("if"); err == nil {
			c.emit(jump, 0, t.line)
			(*c.code)[from].argument = here + 1
			c.opens("if", here)
		}
	case "then":
		if from, err = c.closes("if"); err == nil {
			(*c.code)[from].argument = here
		}
	case "begin":
		c.opens("begin", here)
	case "until":
		if from, err = c.closes("begin"); err == nil {
			c.emit(jumpIfZero, from, t.line)
		}
	case "variable":
		return c.define(c.variables, len(c.variables))
	case "start":
		at, ok := c.words[c.next().text]
		if !ok {
			return errors.New("the name of a word must follow")
		}
		c.emit(start, at, t.line)
	default:
		return errors.New("unknown word: define it with : or variable")
	}
	return err
}

// define gives the name that follows a meaning.
func (c *compiler) define(names map[string]int, meaning int) error {
	name := c.next().text
	if name == "" {
		return errors.New("a name must follow")
	}
	if isReserved(name) {
		return fmt.Errorf("%s is a word of the language", name)
	}
	if _, err := strconv.Atoi(name); err == nil {
		return fmt.Errorf("%s is a number", name)
	}
	_, isWord := c.words[name]
	if _, isVariable := c.variables[name]; isWord || isVariable {
		return fmt.Errorf("%s is defined already", name)
	}
	names[name] = meaning
	return nil
}

// isReserved reports whether name means something already: a definition of it would
// never be found.
func isReserved(name string) bool {
	_, isPlain := plain[name]
	for _, b := range binaries {
		isPlain = isPlain || b.name == name
	}
	return isPlain || slices.Contains(structures, name)
}

func (c *compiler) opens(word string, at int) { c.open = append(c.open, opening{word, at}) }

// closes ends the innermost structure, which must have begun with word.
func (c *compiler) closes(word string) (at int, err error) {
	last := len(c.open) - 1
	if last < 0 || c.open[last].word != word {
		return 0, fmt.Errorf("there is no %s that it could end", word)
	}
	at = c.open[last].at
	c.open = c.open[:last]
	return at, nil
}
