<?php
/**
 * Secrets from the system's own source of randomness, and comparing them. Where there is no
 * such source it refuses: it never falls back to rand or mt_rand, which can be guessed.
 */
class ExposureReset_Random
{
    /** Unguessable bytes; ExposureReset_Trouble('random') where the system has none. */
    public static function bytes($n)
    {
        foreach (array('fromPhp', 'fromDevice', 'fromOpenssl') as $source) {
            $bytes = self::$source($n);
            if (is_string($bytes) && self::size($bytes) === $n) {
                return $bytes;
            }
        }
        throw new ExposureReset_Trouble('random');
    }

    /** PHP 7 and later. */
    private static function fromPhp($n)
    {
        if (!function_exists('random_bytes')) {
            return false;
        }
        try {
            return random_bytes($n);
        } catch (Exception $e) {
            return false;
        }
    }

    /** Any Unix, unless open_basedir hides it. */
    private static function fromDevice($n)
    {
        $file = @fopen('/dev/urandom', 'rb');
        if (!$file) {
            return false;
        }
        if (function_exists('stream_set_read_buffer')) {
            stream_set_read_buffer($file, 0);
        }
        $bytes = '';
        while (self::size($bytes) < $n) {
            $more = fread($file, $n - self::size($bytes));
            if ($more === false || $more === '') {
                break;
            }
            $bytes .= $more;
        }
        fclose($file);
        return $bytes;
    }

    /** PHP 5.3 on Windows. Bytes that OpenSSL itself calls weak are not taken. */
    private static function fromOpenssl($n)
    {
        if (!function_exists('openssl_random_pseudo_bytes')) {
            return false;
        }
        $strong = false;
        $bytes = openssl_random_pseudo_bytes($n, $strong);
        return $strong ? $bytes : false;
    }

    /** Bytes of a text, also where mbstring.func_overload makes strlen count characters. */
    private static function size($text)
    {
        return (int) (strlen(bin2hex($text)) / 2);
    }

    /** So many random bytes as lower hex. */
    public static function hex($n)
    {
        return bin2hex(self::bytes($n));
    }

    /** A random UUID (version 4), for an Idempotency-Key. */
    public static function uuid()
    {
        $b = self::bytes(16);
        $b[6] = chr((ord($b[6]) & 0x0f) | 0x40);
        $b[8] = chr((ord($b[8]) & 0x3f) | 0x80);
        $h = bin2hex($b);
        return substr($h, 0, 8) . '-' . substr($h, 8, 4) . '-' . substr($h, 12, 4) . '-' . substr($h, 16, 4) . '-' . substr($h, 20);
    }

    /** Whether two secrets are the same; the time it takes does not tell where they differ. */
    public static function same($a, $b)
    {
        if (!is_string($a) || !is_string($b) || strlen($a) !== strlen($b)) {
            return false;
        }
        if (function_exists('hash_equals')) {
            return hash_equals($a, $b);
        }
        $differ = 0;
        for ($i = 0; $i < strlen($a); $i++) {
            $differ |= ord($a[$i]) ^ ord($b[$i]);
        }
        return $differ === 0;
    }
}
