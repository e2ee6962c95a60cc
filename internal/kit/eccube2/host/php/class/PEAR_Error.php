<?php
/** Trouble as a value. */
class PEAR_Error
{
    private $message;

    public function __construct($message)
    {
        $this->message = $message;
    }

    public function getMessage()
    {
        return $this->message;
    }

    public function getUserInfo()
    {
        return $this->message;
    }
}
