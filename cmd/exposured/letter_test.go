package main

import (
	"fmt"

	"exposure/internal/breach"
)

// letterNumbers are n numbers whose check digits hold, always the same.
func letterNumbers(n int) (all []breach.LetterNumber) {
	for i := 0; len(all) < n; i++ {
		if number, ok := breach.NewLetterNumber(fmt.Sprintf("%012d", 271828182845+int64(i)*314159)); ok {
			all = append(all, number)
		}
	}
	return all
}
