<?php
/** Tells the API that a new password is stored. Its answer is what decides. */
class ExposureReset_Teller
{
    private $api;
    private $book;

    public function __construct($api, $book)
    {
        $this->api = $api;
        $this->book = $book;
    }

    /**
     * Tells it once and notes the answer: true when it is taken, false when it is refused for
     * good. ExposureReset_Unreachable: nobody knows, and it is to be told again with the same key.
     */
    public function tell($id, $key)
    {
        try {
            $this->api->complete($id, $key);
        } catch (ExposureReset_Refused $e) {
            $this->book->refused($id, $key);
            return false;
        }
        $this->book->told($id, $key);
        return true;
    }
}
