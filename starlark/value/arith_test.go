package value

import (
	"math/big"
	"strings"
	"testing"
)

// TestProductsAreBounded: an integer cannot be squared until it fills the memory.
func TestProductsAreBounded(t *testing.T) {
	x := Big(new(big.Int).Lsh(big.NewInt(1), maxProductBits/2+1))
	if _, err := bigInts(OpMul, x, x); err == nil || !strings.Contains(err.Error(), "excessive product") {
		t.Errorf("a product of more than %d bits: error %v", maxProductBits, err)
	}
	if _, err := bigInts(OpMul, x, Int(3)); err != nil {
		t.Errorf("a product within the bound: %v", err)
	}
}
