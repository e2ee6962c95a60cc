package redisdial

// SlotOf is the slot of a key.
var SlotOf = slotOf
