package asm

import "github.com/ungil/tm/internal/setting"

// knowsProcessor says that Processor tells something.
var knowsProcessor = hasProcessor() && setting.Get(setting.Processor) != setting.Off

// KnowsProcessor reports whether Processor tells processors apart: the instruction
// is there and is not switched off by TMDEBUG. It does not change.
func KnowsProcessor() bool { return knowsProcessor }

func processorFeature() Feature {
	f := Feature{Name: "RDPID", Use: "idle transactions by processor", Found: hasProcessor(), Switch: "TMDEBUG=processor=off"}
	return f.settle(unless(f.Found, absent), unless(knowsProcessor, offBySetting))
}
