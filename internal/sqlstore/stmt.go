package sqlstore

import (
	"context"
	"database/sql"
	"sync"
)

// unbroken is the context of a statement that reads a few rows by an index. It has no end:
// for one that has, library and driver start two goroutines for each statement, which cost
// as much as the statement. The busy timeout bounds the wait for other programs.
func unbroken(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), context.Cause(ctx)
}

// lazyStmt is a statement prepared on first use and kept: parsing one costs more than
// running it. A failure is not kept, the next use tries again.
type lazyStmt struct {
	mu   sync.RWMutex
	stmt *sql.Stmt
}

func (l *lazyStmt) prepare(ctx context.Context, pool *sql.DB, query string) (*sql.Stmt, error) {
	l.mu.RLock()
	stmt := l.stmt
	l.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stmt != nil {
		return l.stmt, nil
	}
	stmt, err := pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	l.stmt = stmt
	return stmt, nil
}
