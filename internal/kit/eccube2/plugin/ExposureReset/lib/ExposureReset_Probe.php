<?php
/** Looks at the shop's own page for forgotten passwords as a customer would. */
class ExposureReset_Probe
{
    const LARGEST = 262144; // bytes looked at

    /**
     * True: closed. False: it answers, and is not closed. Null: this server cannot reach its own
     * page. $cas: files of certificates to trust, one after the other; '' is the system's.
     */
    public static function isClosed($cas, $url)
    {
        if (ExposureReset_Pages::webAddress($url) === '') {
            return null;
        }
        foreach (array_unique($cas) as $ca) {
            try {
                $http = new ExposureReset_Http($ca);
                return self::read($http->request('GET', $url, array(), null, 1, 3));
            } catch (ExposureReset_Unreachable $e) {
                continue;
            }
        }
        return null;
    }

    private static function read($answer)
    {
        if ($answer['status'] === 404 || $answer['status'] === 410 || $answer['status'] === 403) {
            return true;
        }
        if ($answer['status'] !== 200) {
            return $answer['status'] >= 500 ? null : false;
        }
        $page = preg_replace('/<!--.*?-->/s', '', substr($answer['body'], 0, self::LARGEST));
        return preg_match('/<meta\s+name="exposure-forgot"\s+content="closed"\s*\/{0,1}>/i', (string) $page) === 1;
    }
}
