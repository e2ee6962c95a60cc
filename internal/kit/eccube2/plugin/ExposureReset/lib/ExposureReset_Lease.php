<?php
/**
 * Lets one run go at a time, and once a minute. The value next_run is a time and a random
 * word; who swaps it has the turn. A run that dies loses it when its lease is over.
 */
class ExposureReset_Lease
{
    const EVERY = 60;   // seconds between runs
    const LONGEST = 300; // of a lease

    private $book;
    private $clock;
    private $mine = '';

    public function __construct($book, $clock)
    {
        $this->book = $book;
        $this->clock = $clock;
    }

    /** Whether a run may begin. A time far ahead is of a clock that was set back since. */
    public function due()
    {
        return $this->isDue($this->book->get('next_run'));
    }

    private function isDue($value)
    {
        $ahead = (int) $value - $this->clock->now();
        return $ahead <= 0 || $ahead > 2 * self::LONGEST;
    }

    /** Takes the turn for so many seconds; false when somebody else has it. */
    public function take($seconds)
    {
        $value = $this->book->get('next_run');
        return $this->isDue($value) && $this->put($value, $seconds);
    }

    /** Keeps the turn for so many seconds more. ExposureReset_Trouble('lease') when it was lost. */
    public function keep($seconds)
    {
        if (!$this->put($this->mine, $seconds)) {
            throw new ExposureReset_Trouble('lease');
        }
    }

    /** Gives the turn back; the next one may begin in so many seconds. */
    public function release($seconds)
    {
        $this->put($this->mine, $seconds);
    }

    private function put($old, $seconds)
    {
        $new = ($this->clock->now() + $seconds) . ':' . ExposureReset_Random::hex(8);
        if (!$this->book->swap('next_run', $old, $new)) {
            return false;
        }
        $this->mine = $new;
        return true;
    }
}
