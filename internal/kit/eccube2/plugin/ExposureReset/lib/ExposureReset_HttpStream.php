<?php
/**
 * A call without curl, for ExposureReset_Http: needs the extension openssl, not
 * allow_url_fopen. Before PHP 5.6 the library checks no alternative names, so they are
 * checked here, before anything is sent. One object, one call.
 */
class ExposureReset_HttpStream
{
    private $caFile;
    private $until;
    private $stream;
    private $rest = ''; // received and not read yet

    public function __construct($caFile)
    {
        $this->caFile = $caFile !== '' ? $caFile : self::systemFile();
    }

    public function request($method, $url, $headers, $body, $connectSeconds, $totalSeconds)
    {
        $this->until = microtime(true) + $totalSeconds;
        $u = parse_url($url);
        $host = trim($u['host'], '[]');
        $this->connect($u, $host, $connectSeconds);
        $this->write(self::head($method, $u, $headers, $body) . $body);
        $lines = $this->readHead();
        $status = (int) substr($lines[0], 9, 3);
        $h = ExposureReset_Http::headers($lines);
        $text = $this->readBody($status, $h);
        fclose($this->stream);
        return array('status' => $status, 'headers' => $h, 'body' => $text);
    }

    private static function head($method, $u, $headers, $body)
    {
        $target = (isset($u['path']) ? $u['path'] : '/') . (isset($u['query']) ? '?' . $u['query'] : '');
        $lines = array($method . ' ' . $target . ' HTTP/1.1', 'Host: ' . $u['host'] . (isset($u['port']) ? ':' . $u['port'] : ''), 'Connection: close');
        if ($method === 'POST') {
            $lines[] = 'Content-Length: ' . strlen((string) $body);
        }
        return implode("\r\n", array_merge($lines, $headers)) . "\r\n\r\n";
    }

    private function connect($u, $host, $connectSeconds)
    {
        $secure = $u['scheme'] === 'https';
        $port = isset($u['port']) ? $u['port'] : ($secure ? 443 : 80);
        if ($secure && !function_exists('openssl_x509_parse')) {
            throw new ExposureReset_Unreachable('setup');
        }
        $context = stream_context_create(array('ssl' => $this->ssl($host)));
        $flags = STREAM_CLIENT_CONNECT;
        $this->stream = @stream_socket_client('tcp://' . $u['host'] . ':' . $port, $number, $text, $connectSeconds, $flags, $context);
        if (!$this->stream) {
            throw new ExposureReset_Unreachable('connect');
        }
        stream_set_blocking($this->stream, false);
        if ($secure) {
            $this->encrypt($host);
        }
    }

    private function ssl($host)
    {
        $ssl = array(
            'verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => $host, 'allow_self_signed' => false,
            'SNI_enabled' => true, 'capture_peer_cert' => true, 'verify_depth' => 9,
        );
        if (!self::checksNames()) {
            unset($ssl['peer_name'], $ssl['verify_peer_name']);
            $ssl['SNI_server_name'] = $host;
        }
        if ($this->caFile !== '') {
            $ssl['cafile'] = $this->caFile;
        }
        return $ssl;
    }

    private static function checksNames()
    {
        return version_compare(PHP_VERSION, '5.6.0', '>=');
    }

    private function encrypt($host)
    {
        if (!self::checksNames() && $this->caFile === '') {
            throw new ExposureReset_Unreachable('tls'); // nothing to verify against
        }
        do {
            $done = @stream_socket_enable_crypto($this->stream, true, self::method());
            if ($done === false) {
                throw new ExposureReset_Unreachable('tls');
            }
            $done === true || $this->wait(false);
        } while ($done !== true);
        $options = stream_context_get_options($this->stream);
        $certificate = isset($options['ssl']['peer_certificate']) ? $options['ssl']['peer_certificate'] : null;
        if (!$certificate || !self::named(openssl_x509_parse($certificate), $host)) {
            throw new ExposureReset_Unreachable('tls');
        }
    }

    /** The newest TLS that this PHP has a name for; SSLv23 means "the best of both" before 5.6. */
    private static function method()
    {
        if (!defined('STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT')) {
            return STREAM_CRYPTO_METHOD_SSLv23_CLIENT;
        }
        $method = STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT;
        if (defined('STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT')) {
            $method |= STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT;
        }
        return $method;
    }

    /** Whether a parsed certificate is for this host: alternative names, and else the common one. */
    public static function named($certificate, $host)
    {
        $names = array();
        if (isset($certificate['extensions']['subjectAltName'])) {
            preg_match_all('/(DNS|IP Address):([^,\s]+)/', $certificate['extensions']['subjectAltName'], $m, PREG_SET_ORDER);
            foreach ($m as $name) {
                $names[] = $name[2];
            }
        } elseif (isset($certificate['subject']['CN']) && is_string($certificate['subject']['CN'])) {
            $names[] = $certificate['subject']['CN'];
        }
        foreach ($names as $name) {
            if (strcasecmp($name, $host) === 0) {
                return true;
            }
            $rest = strstr($host, '.');
            if (strncmp($name, '*.', 2) === 0 && substr_count($name, '.') >= 2 && $rest !== false && strcasecmp(substr($name, 1), $rest) === 0) {
                return true;
            }
        }
        return false;
    }

    /** Certificates of the system, for a PHP that does not know where they are. */
    private static function systemFile()
    {
        if (self::checksNames()) {
            return '';
        }
        $places = array(
            '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/certs/ca-certificates.crt', '/usr/local/share/certs/ca-root-nss.crt',
            '/etc/ssl/cert.pem', '/etc/ssl/ca-bundle.pem', '/usr/share/ssl/certs/ca-bundle.crt',
        );
        foreach ($places as $place) {
            if (@is_readable($place)) {
                return $place;
            }
        }
        return '';
    }

    /** Waits until the stream can be read (or written), at most until the time is up. */
    private function wait($write)
    {
        $left = $this->until - microtime(true);
        if ($left <= 0 || $left > 3600) { // the clock was set back
            throw new ExposureReset_Unreachable('timeout');
        }
        $r = array($this->stream);
        $w = $write ? array($this->stream) : null;
        $e = null;
        @stream_select($r, $w, $e, 0, (int) min(200000, $left * 1000000));
    }

    private function write($text)
    {
        while ($text !== '') {
            $n = @fwrite($this->stream, $text);
            if ($n === false) {
                throw new ExposureReset_Unreachable('connect');
            }
            $text = (string) substr($text, $n);
            $n > 0 || $this->wait(true);
        }
    }

    /** More of the answer, or false at its end. */
    private function more()
    {
        while (true) {
            $piece = @fread($this->stream, 65536);
            if ($piece !== false && $piece !== '') {
                $this->rest .= $piece;
                return true;
            }
            if (feof($this->stream)) {
                return false;
            }
            $this->wait(false);
        }
    }

    private function line()
    {
        while (($end = strpos($this->rest, "\n")) === false) {
            if (strlen($this->rest) > 16384 || !$this->more()) {
                throw new ExposureReset_Unreachable('answer');
            }
        }
        $line = rtrim(substr($this->rest, 0, $end), "\r");
        $this->rest = (string) substr($this->rest, $end + 1);
        return $line;
    }

    private function readHead()
    {
        do {
            $lines = array();
            while (($line = $this->line()) !== '') {
                $lines[] = $line;
                if (count($lines) > 100) {
                    throw new ExposureReset_Unreachable('answer');
                }
            }
            if (!$lines || !preg_match('#\AHTTP/1\.[01] [1-5][0-9][0-9]( |\z)#', $lines[0])) {
                throw new ExposureReset_Unreachable('answer');
            }
        } while ($lines[0][9] === '1');
        return $lines;
    }

    private function take($n)
    {
        if ($n > ExposureReset_Http::MOST) {
            throw new ExposureReset_Unreachable('answer');
        }
        while (strlen($this->rest) < $n) {
            if (!$this->more()) {
                throw new ExposureReset_Unreachable('answer'); // cut off
            }
        }
        $text = (string) substr($this->rest, 0, $n);
        $this->rest = (string) substr($this->rest, $n);
        return $text;
    }

    private function readBody($status, $h)
    {
        if ($status === 204 || $status === 304) {
            return '';
        }
        if (isset($h['transfer-encoding'])) {
            return $this->readChunks();
        }
        if (isset($h['content-length'])) {
            if (!preg_match('/\A[0-9]{1,7}\z/', $h['content-length'])) {
                throw new ExposureReset_Unreachable('answer');
            }
            return $this->take((int) $h['content-length']);
        }
        while (strlen($this->rest) <= ExposureReset_Http::MOST && $this->more()) {
            continue;
        }
        return $this->take(strlen($this->rest));
    }

    private function readChunks()
    {
        $text = '';
        while (true) {
            $size = $this->line();
            if (!preg_match('/\A([0-9A-Fa-f]{1,6})[ \t]*(;.*)?\z/', $size, $m)) {
                throw new ExposureReset_Unreachable('answer');
            }
            if (hexdec($m[1]) == 0) {
                return $text;
            }
            $text .= $this->take(hexdec($m[1]));
            if ($this->line() !== '' || strlen($text) > ExposureReset_Http::MOST) {
                throw new ExposureReset_Unreachable('answer');
            }
        }
    }
}
