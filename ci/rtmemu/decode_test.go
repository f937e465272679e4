//go:build linux && amd64

package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDecode decodes instructions at 0x1000 and lists their accesses: r or w,
// size, address. Each general register holds a hundred times its number.
func TestDecode(t *testing.T) {
	r := syscall.PtraceRegs{
		Rax: 0x000, Rcx: 0x100, Rdx: 0x200, Rbx: 0x300, Rsp: 0x400, Rbp: 0x500, Rsi: 0x600, Rdi: 0x700,
		R8: 0x800, R9: 0x900, Fs_base: 0x10000, Gs_base: 0x20000,
	}
	for _, c := range []struct{ name, code, want string }{
		{"MOVQ CX, (DI)", "48890f", "w8@700"},
		{"MOVQ (DI), CX", "488b0f", "r8@700"},
		{"MOVB CX, -1(DI)(SI*4)", "884cb7ff", "w4@1eff"}, // an operand may be taken for larger
		{"CMPQ CX, (DI)", "48390f", "r8@700"},
		{"MOVQ 16(IP), CX", "488b0d10000000", "r8@1017"},
		{"LEAQ 8(DI), CX", "488d4f08", ""},
		{"PUSHQ AX", "50", "w8@3f8"},
		{"PUSHQ (DI)", "ff37", "w8@3f8 r8@700"},
		{"PUSHQ 16(IP)", "ff3510000000", "w8@3f8 r8@1016"},
		{"POPQ AX", "58", "r8@400"},
		{"CALL", "e800000000", "w8@3f8"},
		{"CALL (DI)", "ff17", "w8@3f8 r8@700"},
		{"RET", "c3", "r8@400"},
		{"LEAVE", "c9", "r8@500"},
		{"LOCK CMPXCHGQ CX, (DI)", "f0480fb10f", "w8@700"},
		{"CMPXCHG16B (DI)", "480fc70f", "w16@700"},
		{"XCHGQ CX, (DI)", "48870f", "w8@700"},
		{"XADDQ CX, (DI)", "480fc10f", "w8@700"},
		{"BTSQ $5, (DI)", "480fba2f05", "w8@700"},
		{"IMULQ (DI)", "48f72f", "r8@700"},
		{"MOVUPS X0, (DI)", "0f1107", "w16@700"},
		{"CRC32Q (SI), AX", "f2480f38f106", "r8@600"},
		{"VMOVDQU Y0, (DI)", "c5fe7f07", "w64@700"},
		{"REP MOVSB", "f3a4", "w1@700 r1@600"},
		{"REP STOSQ", "f348ab", "w8@700"},
		{"REPNE SCASB", "f2ae", "r1@700"},
		{"REP CMPSB", "f3a6", "r1@600 r1@700"},
		{"MOVQ -8(FS), CX", "64488b0c25f8ffffff", "r8@fff8"}, // the decoder forgets the sign
		{"MOVQ 8(GS), CX", "65488b0c2508000000", "r8@20008"},
		{"MOVQ AX, 0x1122334455667788", "48a38877665544332211", "w8@1122334455667788"},
		{"MFENCE", "0faef0", ""},
		{"LFENCE", "0faee8", ""},
		{"RDTSC", "0f31", ""},

		{"BTSQ CX, (DI)", "480fab0f", "opaque"},
		{"POPQ (SP)", "8f0424", "opaque"},
		{"MOVL (AX), 32-bit address", "678b00", "opaque"},
		{"ENDBR64", "f30f1efa", "opaque"}, // the decoder returns nothing, not even an error
		{"ADCX", "660f38f6c1", "opaque"},
		{"SYSCALL", "0f05", "opaque"},
		{"PAUSE", "f390", "opaque"},
		{"CPUID", "0fa2", "opaque"},
		{"UD2", "0f0b", "opaque"},
		{"PUSHFQ", "9c", "opaque"},
		{"VPGATHERDD", "c4e27590040f", "opaque"},
		{"XSAVE (DI)", "480fae27", "opaque"},
		{"MOVQ CX, FS", "8ee1", "opaque"},
	} {
		code, err := hex.DecodeString(c.code)
		if err != nil {
			t.Fatal(err)
		}
		in := decode(append(code, make([]byte, 15-len(code))...), 0x1000)
		got := "opaque"
		if in.kind == plain {
			var words []string
			for _, a := range in.at(&r, nil) {
				words = append(words, fmt.Sprintf("%s%d@%x", map[bool]string{false: "r", true: "w"}[a.write], a.size, a.address))
			}
			got = strings.Join(words, " ")
			if in.length != uint64(len(code)) {
				t.Errorf("%s: length %d", c.name, in.length)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDecodeTransactions(t *testing.T) {
	code := []byte{0xc7, 0xf8, 0xf0, 0xff, 0xff, 0xff}
	if in := decode(code, 0x1000); in.kind != xbegin || in.length != 6 || in.target != 0xff6 {
		t.Errorf("XBEGIN: %+v", in)
	}
	if in := decode([]byte{0xc6, 0xf8, 0x2a}, 0); in.kind != xabort || in.code != 42 {
		t.Errorf("XABORT: %+v", in)
	}
	kinds := []kind{decode([]byte{0x0f, 0x01, 0xd5}, 0).kind, decode([]byte{0x0f, 0x01, 0xd6}, 0).kind, decode([]byte{0x0f}, 0).kind}
	if !slices.Equal(kinds, []kind{xend, xtest, opaque}) {
		t.Errorf("kinds: %v", kinds)
	}
}

func TestVectorsAreSaved(t *testing.T) {
	for code, want := range map[string]bool{
		"0f57c0": true, "d9e8": true, "c5fe6f07": true, "0fae17": true, "0f77": true, // XORPS, FLD1, VMOVDQU, LDMXCSR, EMMS
		"48890f": false, "48ffc0": false, "0f1107": true, // the last one only reads X0: in doubt saved
	} {
		bytes, err := hex.DecodeString(code)
		if err != nil {
			t.Fatal(err)
		}
		in := decode(append(bytes, make([]byte, 8)...), 0)
		if in.kind != plain || in.vector != want {
			t.Errorf("%s: %+v, want vector %v", code, in, want)
		}
	}
}
