<?php
/** A whole answer of ours: nothing of the shop's pages is mixed into it. */
class ExposureReset_Answer
{
    public $status;
    public $headers; // name => value
    public $body;

    public function __construct($status, $headers, $body)
    {
        $this->status = $status;
        $this->headers = $headers;
        $this->body = $body;
    }

    /** Leads to another address of this shop. 303: the next request is a GET whatever this one was. */
    public static function redirect($to)
    {
        return new ExposureReset_Answer(303, array(
            'Location' => $to,
            'Cache-Control' => 'no-store',
            'Referrer-Policy' => 'no-referrer',
            'Content-Type' => 'text/plain; charset=utf-8',
        ), '');
    }

    /**
     * Sends it. Buffers of the shop are thrown away first: they would convert our bytes a
     * second time for feature phones, and write session numbers into our forms.
     */
    public function send()
    {
        while (ob_get_level() > 0 && @ob_end_clean()) {
            continue;
        }
        if (!headers_sent()) {
            header(self::line($this->status), true, $this->status);
            foreach ($this->headers as $name => $value) {
                header($name . ': ' . str_replace(array("\r", "\n", "\0"), '', $value));
            }
            header('Pragma: no-cache');
        }
        if (!isset($_SERVER['REQUEST_METHOD']) || $_SERVER['REQUEST_METHOD'] !== 'HEAD') {
            echo $this->body;
        }
    }

    private static function line($status)
    {
        $words = array(200 => 'OK', 303 => 'See Other', 403 => 'Forbidden', 405 => 'Method Not Allowed',
            410 => 'Gone', 503 => 'Service Unavailable');
        $protocol = isset($_SERVER['SERVER_PROTOCOL']) && $_SERVER['SERVER_PROTOCOL'] === 'HTTP/1.0' ? 'HTTP/1.0' : 'HTTP/1.1';
        return $protocol . ' ' . $status . ' ' . (isset($words[$status]) ? $words[$status] : 'Other');
    }
}
