<?php
/** The time of the shop's server, in seconds. Tests put another one in its place. */
class ExposureReset_Clock
{
    public function now()
    {
        return time();
    }
}
