<?php
/** Real calls; something happens before or after the n-th of them, or after each. */
class BreakingHttp extends ExposureReset_Http
{
    public $calls = 0;
    public $before; // callable($call number, $url)
    public $after;

    public function request($method, $url, $headers, $body, $connectSeconds, $totalSeconds)
    {
        $this->calls++;
        $this->before && call_user_func($this->before, $this->calls, $url);
        $answer = parent::request($method, $url, $headers, $body, $connectSeconds, $totalSeconds);
        $this->after && call_user_func($this->after, $this->calls, $url);
        return $answer;
    }
}
