<?php
/** A clock that is set by hand. */
class HandClock extends ExposureReset_Clock
{
    public $time = 1690000000;

    public function now()
    {
        return $this->time;
    }
}
