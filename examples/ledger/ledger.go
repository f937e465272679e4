package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ungil/tm"
	"github.com/ungil/tm/container"
)

// A ledger holds accounts in memory. Each operation is one transaction, so every
// report is that of one moment, and no money is ever made or lost. There is not a
// lock in it.
type ledger struct {
	// In order of names, for reports by range. The account of a name is opened once and
	// stays, so its pointer may be a value; what changes in it are its own variables.
	accounts container.OrderedMap[string, *account]
	// Counters, because all transfers and deposits add to them: they do not make them
	// conflict.
	deposited, transfers container.Counter
}

type account struct {
	balance tm.Var[int64] // in cents
	entries container.List[entry]
}

// An entry is one line of an account's statement.
type entry struct {
	With    string `json:"with,omitempty"` // the other account
	Amount  int64  `json:"amount"`         // in cents, negative if it went out
	Balance int64  `json:"balance"`        // afterwards
}

var (
	errNoAccount = errors.New("no such account")
	errExists    = errors.New("the account exists")
	errPoor      = errors.New("not enough money")
	errAmount    = errors.New("the amount must be positive")
	errLarge     = errors.New("the amount is too large")
	errSame      = errors.New("the two accounts must differ")
)

// open makes an account without money.
func (l *ledger) open(name string) error {
	return tm.Atomically(func(tx *tm.Tx) error {
		if _, ok := l.accounts.Get(tx, name); ok {
			return errExists
		}
		l.accounts.Set(tx, name, new(account))
		return nil
	})
}

// find returns an account.
func (l *ledger) find(tx *tm.Tx, name string) (*account, error) {
	if a, ok := l.accounts.Get(tx, name); ok {
		return a, nil
	}
	return nil, fmt.Errorf("%w: %q", errNoAccount, name)
}

// book changes a balance and notes why.
func (a *account) book(tx *tm.Tx, with string, amount int64) {
	balance := a.balance.Get(tx) + amount
	a.balance.Set(tx, balance)
	a.entries.Append(tx, entry{with, amount, balance})
}

// maxDeposit, in cents, is so small that no sum exceeds an int64 before nine million deposits of it.
const maxDeposit = 1_000_000_000_000

// deposit brings money in from outside.
func (l *ledger) deposit(name string, amount int64) error {
	switch {
	case amount <= 0:
		return errAmount
	case amount > maxDeposit:
		return errLarge
	}
	return tm.Atomically(func(tx *tm.Tx) error {
		a, err := l.find(tx, name)
		if err != nil {
			return err
		}
		a.book(tx, "", amount)
		l.deposited.Add(tx, amount)
		return nil
	})
}

// transfer moves money. If there is not enough, it fails, or, with wait, sleeps
// until there is, or ctx ends.
func (l *ledger) transfer(ctx context.Context, from, to string, amount int64, wait bool) error {
	switch {
	case amount <= 0:
		return errAmount
	case from == to:
		return errSame
	}
	return tm.AtomicallyContext(ctx, func(tx *tm.Tx) error {
		a, err := l.find(tx, from)
		if err != nil {
			return err
		}
		b, err := l.find(tx, to)
		if err != nil {
			return err
		}
		if a.balance.Get(tx) < amount {
			if !wait {
				return errPoor
			}
			tx.Retry()
		}
		a.book(tx, to, -amount)
		b.book(tx, from, amount)
		l.transfers.Add(tx, 1)
		return nil
	})
}

// statement is what an account holds and the last entries in it.
type statement struct {
	Name    string  `json:"name"`
	Balance int64   `json:"balance"`
	Entries []entry `json:"entries"`
}

// statement returns the last n entries of an account.
func (l *ledger) statement(name string, n int) (statement, error) {
	var s statement
	err := tm.View(func(tx *tm.Tx) error {
		a, err := l.find(tx, name)
		if err != nil {
			return err
		}
		s = statement{Name: name, Balance: a.balance.Get(tx), Entries: []entry{}}
		length := a.entries.Len(tx)
		for i := max(0, length-n); i < length; i++ {
			s.Entries = append(s.Entries, a.entries.At(tx, i))
		}
		return nil
	})
	return s, err
}

// report is the state of the ledger at one moment.
type report struct {
	Balances  map[string]int64 `json:"balances"`
	Total     int64            `json:"total"`     // of all accounts
	Deposited int64            `json:"deposited"` // the same number, counted when it came in
	Transfers int64            `json:"transfers"`
}

// report adds all accounts up. It is a View: it neither stops transfers nor is disturbed
// by them.
func (l *ledger) report() report {
	var r report
	_ = tm.View(func(tx *tm.Tx) error { // the function returns no error
		r = report{Balances: map[string]int64{}, Deposited: l.deposited.Value(tx), Transfers: l.transfers.Value(tx)}
		for name, a := range l.accounts.All(tx) {
			balance := a.balance.Get(tx)
			r.Balances[name] = balance
			r.Total += balance
		}
		return nil
	})
	return r
}
