// Rtmemu runs a program and emulates Intel's restricted transactional memory
// for it: XBEGIN, XEND, XABORT and XTEST, on a processor that does not have them.
//
//	rtmemu [options] program [arguments]
//	go test -exec "rtmemu -inject 0.2" .
//	rtmemu -check
//
// See README.md.
package main
