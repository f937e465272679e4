\ Four threads move money between two accounts. Two more look at them: without
\ atomic they would see money that has left one and not arrived at the other.

variable savings
variable checking
variable wrong

: transfer  atomic  checking @ 1 - checking !  savings @ 1 + savings !  end-atomic ;
: back      atomic  savings @ 1 - savings !  checking @ 1 + checking !  end-atomic ;

: clerk    20000 begin  transfer back transfer  1 - dup 0 = until  drop ;
: auditor  20000 begin
    atomic  savings @ checking @ +  end-atomic
    1000 = if else wrong @ 1 + wrong ! then
    1 - dup 0 = until  drop ;

1000 checking !
start clerk  start clerk  start clerk  start clerk
start auditor  start auditor
join

savings @ .   checking @ .   wrong @ .
