\ Two threads count the primes up to 20000, each every other odd number. They
\ meet only where one has found a prime.

variable primes

: divides   over over mod 0 = ;                  \ n d -- n d flag
: smallest  1 begin 1 + divides until ;          \ n -- n, and its smallest divisor
: prime     smallest = ;
: check     prime if atomic primes @ 1 + primes ! end-atomic then ;
: from      begin dup check 4 + 20000 over < until drop ;
: one       3 from ;
: two       5 from ;

1 primes !   \ that is 2
start one  start two  join
primes @ .
