<?php
/** A call with curl, for ExposureReset_Http. One object, one call. */
class ExposureReset_HttpCurl
{
    private $caFile;
    private $lines = array();
    private $body = '';

    public function __construct($caFile)
    {
        $this->caFile = $caFile;
    }

    public function request($method, $url, $headers, $body, $connectSeconds, $totalSeconds)
    {
        $curl = curl_init();
        curl_setopt($curl, CURLOPT_CONNECTTIMEOUT, $connectSeconds);
        curl_setopt($curl, CURLOPT_TIMEOUT, $totalSeconds);
        $this->send($curl, $method, $url, $headers, $body);
        $this->trust($curl);
        curl_setopt($curl, CURLOPT_HEADERFUNCTION, array($this, 'onHeader'));
        curl_setopt($curl, CURLOPT_WRITEFUNCTION, array($this, 'onBody'));
        curl_exec($curl);
        $error = curl_errno($curl);
        $status = (int) curl_getinfo($curl, CURLINFO_HTTP_CODE);
        unset($curl);
        if ($error !== 0) {
            throw new ExposureReset_Unreachable(self::reason($error));
        }
        return array('status' => $status, 'headers' => ExposureReset_Http::headers($this->lines), 'body' => $this->body);
    }

    private function send($curl, $method, $url, $headers, $body)
    {
        curl_setopt($curl, CURLOPT_URL, $url);
        curl_setopt($curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        curl_setopt($curl, CURLOPT_FOLLOWLOCATION, false);
        curl_setopt($curl, CURLOPT_PROXY, '');
        $headers[] = 'Expect:';
        if ($method === 'POST') {
            curl_setopt($curl, CURLOPT_POST, true);
            curl_setopt($curl, CURLOPT_POSTFIELDS, (string) $body);
            if ($body === null) {
                $headers[] = 'Content-Type:'; // curl would name a form
            }
        }
        curl_setopt($curl, CURLOPT_HTTPHEADER, $headers);
    }

    private function trust($curl)
    {
        curl_setopt($curl, CURLOPT_SSL_VERIFYPEER, true);
        curl_setopt($curl, CURLOPT_SSL_VERIFYHOST, 2);
        if ($this->caFile !== '') {
            curl_setopt($curl, CURLOPT_CAINFO, $this->caFile);
            curl_setopt($curl, CURLOPT_CAPATH, dirname(__FILE__) . '/none'); // no others beside
        }
    }

    /** For curl: one header line. */
    public function onHeader($curl, $line)
    {
        if (strncmp($line, 'HTTP/', 5) === 0) {
            $this->lines = array(); // the answer before was "100 Continue"
        }
        $this->lines[] = $line;
        return strlen($line);
    }

    /** For curl: a piece of the body. Taking less than it was given ends the call. */
    public function onBody($curl, $piece)
    {
        $this->body .= $piece;
        return strlen($this->body) > ExposureReset_Http::MOST ? 0 : strlen($piece);
    }

    private static function reason($error)
    {
        if ($error === 28) {
            return 'timeout';
        }
        if (in_array($error, array(35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91), true)) {
            return 'tls';
        }
        return $error === 5 || $error === 6 || $error === 7 ? 'connect' : 'answer';
    }
}
