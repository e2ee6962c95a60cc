package breach

// MaxMemberID is how long the number of a member may be, in bytes, for a forced reset: the
// shop's programs name members by it in paths.
const MaxMemberID = 64

// IsMemberID tells whether the shop's programs can name a member by this number: 1 to
// MaxMemberID of A-Z a-z 0-9 . _ -. Anything else would be escaped, folded or refused by
// somebody on the way, and a path of dots would be another path.
func IsMemberID(s string) bool {
	if s == "" || len(s) > MaxMemberID || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '.', b == '_', b == '-':
		default:
			return false
		}
	}
	return true
}
