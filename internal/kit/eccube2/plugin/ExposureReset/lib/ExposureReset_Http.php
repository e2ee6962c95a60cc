<?php
/**
 * One HTTP call: with curl where PHP has it, else with streams. The certificate and the
 * name in it are always verified, and there is no setting against that. Redirects are not
 * followed, proxies of the environment not used, and more than MOST bytes of body are no answer.
 */
class ExposureReset_Http
{
    const MOST = 1048576; // bytes of body; a page of the list has about 100,000

    private $caFile;

    /** $caFile: certificates to trust instead of the system's; '' for the system's. */
    public function __construct($caFile = '')
    {
        $this->caFile = $caFile;
    }

    /**
     * Sends a request and returns array('status', 'headers', 'body'); the names of headers are
     * lower-case. $headers are whole lines, $body is null for none, times are seconds: to
     * connect, and in all. Throws ExposureReset_Unreachable.
     */
    public function request($method, $url, $headers, $body, $connectSeconds, $totalSeconds)
    {
        if (!ExposureReset_Settings::isSecure(preg_replace('/\?.*\z/s', '', $url))) {
            throw new ExposureReset_Unreachable('tls');
        }
        foreach (array_merge($headers, array($url)) as $line) {
            if (preg_match('/[\x00-\x1f\x7f]/', $line)) {
                throw new ExposureReset_Unreachable('setup');
            }
        }
        if (function_exists('curl_init')) {
            $way = new ExposureReset_HttpCurl($this->caFile);
        } else {
            $way = new ExposureReset_HttpStream($this->caFile);
        }
        $headers[] = 'User-Agent: exposure-kit-eccube2';
        $headers[] = 'Accept: application/json';
        if ($body !== null) {
            $headers[] = 'Content-Type: application/json';
        }
        return $way->request($method, $url, $headers, $body, $connectSeconds, $totalSeconds);
    }

    /** Header lines as an array by lower-case name; of several with one name the last. */
    public static function headers($lines)
    {
        $headers = array();
        foreach ($lines as $line) {
            $parts = explode(':', $line, 2);
            if (count($parts) === 2) {
                $headers[strtolower(trim($parts[0]))] = trim($parts[1]);
            }
        }
        return $headers;
    }
}
