package runtime

// Stand-in until package tm compiles: keeps the rest of this package and those
// that import it building. Replaced by the engine.

type engineMark struct{}

type engineTx struct{}

func engineBegin() *engineTx            { return new(engineTx) }
func (*engineTx) Commit() bool          { return true }
func (*engineTx) Abort()                {}
func (*engineTx) Savepoint() engineMark { return engineMark{} }
func (*engineTx) Rollback(engineMark)   {}
func (*engineTx) Release(engineMark)    {}
func (*engineTx) Doomed() bool          { return false }
func (*engineTx) Extend() bool          { return true }
func (*engineTx) Time() uint64          { return 0 }
