// Command ledger is a ledger of accounts in memory with an HTTP front, as an
// example of package container:
//
//	go run ./examples/ledger -listen localhost:8080 &
//	curl -X POST localhost:8080/accounts/ann
//	curl -X POST localhost:8080/accounts/bob
//	curl -X POST 'localhost:8080/accounts/ann/deposits?amount=500'
//	curl -X POST 'localhost:8080/transfers?from=ann&to=bob&amount=200'
//	curl localhost:8080/accounts/bob
//	curl localhost:8080/report
//
// Amounts are in cents. A transfer with wait=true sleeps until the money is there
// or the client goes away.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"strconv"
)

// statementLength is how many entries a statement shows.
const statementLength = 20

func main() {
	listen := flag.String("listen", "localhost:8080", "address to listen on")
	flag.Parse()
	log.Printf("listening on http://%s", *listen)
	log.Fatal(http.ListenAndServe(*listen, front(new(ledger))))
}

// front is the ledger's HTTP interface.
func front(l *ledger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /accounts/{name}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusCreated, nil, l.open(r.PathValue("name")))
	})
	mux.HandleFunc("GET /accounts/{name}", func(w http.ResponseWriter, r *http.Request) {
		s, err := l.statement(r.PathValue("name"), statementLength)
		reply(w, http.StatusOK, s, err)
	})
	mux.HandleFunc("POST /accounts/{name}/deposits", func(w http.ResponseWriter, r *http.Request) {
		amount, err := cents(r)
		if err == nil {
			err = l.deposit(r.PathValue("name"), amount)
		}
		reply(w, http.StatusOK, nil, err)
	})
	mux.HandleFunc("POST /transfers", func(w http.ResponseWriter, r *http.Request) {
		amount, err := cents(r)
		if err == nil {
			err = l.transfer(r.Context(), r.FormValue("from"), r.FormValue("to"), amount, r.FormValue("wait") == "true")
		}
		reply(w, http.StatusOK, nil, err)
	})
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, l.report(), nil)
	})
	return mux
}

func cents(r *http.Request) (int64, error) {
	amount, err := strconv.ParseInt(r.FormValue("amount"), 10, 64)
	if err != nil {
		return 0, errAmount
	}
	return amount, nil
}

// reply answers with a value or with an error.
func reply(w http.ResponseWriter, status int, value any, err error) {
	if err != nil {
		status = http.StatusBadRequest
		switch {
		case errors.Is(err, errNoAccount):
			status = http.StatusNotFound
		case errors.Is(err, errExists), errors.Is(err, errPoor):
			status = http.StatusConflict
		}
		value = map[string]string{"error": err.Error()}
	}
	if value == nil {
		value = struct{}{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err) // the client has gone away
	}
}
