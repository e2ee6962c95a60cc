<?php
/** The API said no for good: asking again does not help. The message is the status, nothing else. */
class ExposureReset_Refused extends Exception
{
}
