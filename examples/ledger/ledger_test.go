package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// client asks a server.
type client struct {
	t      *testing.T
	server *httptest.Server
}

func newClient(t *testing.T) client {
	server := httptest.NewServer(front(new(ledger)))
	t.Cleanup(server.Close)
	return client{t, server}
}

func (c client) do(method, path string) (status int, body string) {
	request, err := http.NewRequest(method, c.server.URL+path, nil)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	response, err := c.server.Client().Do(request)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Error(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

func (c client) want(status int, body, method, path string) {
	c.t.Helper()
	gotStatus, gotBody := c.do(method, path)
	require.Equal(c.t, status, gotStatus, "%s %s: %s", method, path, gotBody)
	require.Equal(c.t, body, gotBody)
}

func TestLedger(t *testing.T) {
	c := newClient(t)
	c.want(201, `{}`, "POST", "/accounts/ann")
	c.want(201, `{}`, "POST", "/accounts/bob")
	c.want(409, `{"error":"the account exists"}`, "POST", "/accounts/ann")
	c.want(404, `{"error":"no such account: \"eve\""}`, "GET", "/accounts/eve")
	c.want(200, `{}`, "POST", "/accounts/ann/deposits?amount=500")
	c.want(400, `{"error":"the amount must be positive"}`, "POST", "/accounts/ann/deposits?amount=-5")
	c.want(400, `{"error":"the amount must be positive"}`, "POST", "/accounts/ann/deposits?amount=much")
	c.want(400, `{"error":"the amount is too large"}`, "POST", "/accounts/ann/deposits?amount=9223372036854775807")
	c.want(200, `{}`, "POST", "/transfers?from=ann&to=bob&amount=200")
	c.want(409, `{"error":"not enough money"}`, "POST", "/transfers?from=ann&to=bob&amount=301")
	c.want(404, `{"error":"no such account: \"eve\""}`, "POST", "/transfers?from=ann&to=eve&amount=1")
	c.want(400, `{"error":"the two accounts must differ"}`, "POST", "/transfers?from=ann&to=ann&amount=1")
	c.want(200, `{"name":"bob","balance":200,"entries":[{"with":"ann","amount":200,"balance":200}]}`, "GET", "/accounts/bob")
	c.want(200, `{"balances":{"ann":300,"bob":200},"total":500,"deposited":500,"transfers":1}`, "GET", "/report")
}

// TestTransferWaits: a request sleeps until the money comes.
func TestTransferWaits(t *testing.T) {
	c := newClient(t)
	c.want(201, `{}`, "POST", "/accounts/ann")
	c.want(201, `{}`, "POST", "/accounts/bob")
	done := make(chan int)
	go func() {
		status, _ := c.do("POST", "/transfers?from=ann&to=bob&amount=300&wait=true")
		done <- status
	}()
	for range 3 {
		c.want(200, `{}`, "POST", "/accounts/ann/deposits?amount=100")
	}
	require.Equal(t, 200, <-done)
	c.want(200, `{"balances":{"ann":0,"bob":300},"total":300,"deposited":300,"transfers":1}`, "GET", "/report")

	var l ledger
	require.NoError(t, l.open("a"))
	require.NoError(t, l.open("b"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, l.transfer(ctx, "a", "b", 1, true), context.Canceled)
}

// TestReportsAreConsistent: clients transfer and deposit while others ask for
// reports. Each report is that of one moment.
func TestReportsAreConsistent(t *testing.T) {
	c := newClient(t)
	const accounts, clients, requests = 20, 4, 60
	for i := range accounts {
		c.want(201, `{}`, "POST", fmt.Sprintf("/accounts/a%d", i))
	}
	var all sync.WaitGroup
	for g := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range requests {
				from, to, amount := r.IntN(accounts), r.IntN(accounts), 1+r.IntN(50)
				switch i % 3 {
				case 0:
					c.do("POST", fmt.Sprintf("/accounts/a%d/deposits?amount=%d", to, amount))
				case 1:
					c.do("POST", fmt.Sprintf("/transfers?from=a%d&to=a%d&amount=%d", from, to, amount))
				case 2:
					_, body := c.do("GET", "/report")
					var got report
					if err := json.Unmarshal([]byte(body), &got); err != nil || got.Total != got.Deposited || len(got.Balances) != accounts {
						t.Errorf("%v: %s", err, body)
					}
				}
			}
		})
	}
	all.Wait()
}

// TestStatements: an account's entries add up to its balance at every moment.
func TestStatements(t *testing.T) {
	var l ledger
	const accounts, rounds = 4, 300
	for i := range accounts {
		require.NoError(t, l.open(fmt.Sprint(i)))
		require.NoError(t, l.deposit(fmt.Sprint(i), 1000))
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 2))
			for range rounds {
				_ = l.transfer(context.Background(), fmt.Sprint(r.IntN(accounts)), fmt.Sprint(r.IntN(accounts)), int64(1+r.IntN(30)), false)
				s, err := l.statement(fmt.Sprint(r.IntN(accounts)), 1<<30)
				sum := int64(0)
				for _, e := range s.Entries {
					if sum += e.Amount; sum != e.Balance {
						t.Errorf("an entry's balance is %d, the sum %d", e.Balance, sum)
						return
					}
				}
				if err != nil || sum != s.Balance {
					t.Errorf("balance %d, entries %d: %v", s.Balance, sum, err)
					return
				}
			}
		})
	}
	all.Wait()
}
