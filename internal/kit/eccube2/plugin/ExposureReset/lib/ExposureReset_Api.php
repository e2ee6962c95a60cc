<?php
/**
 * The MY page API as this shop uses it. What comes from outside is checked here, whole page
 * by whole page: a page with anything wrong in it is no page, and changes nothing.
 *
 * Every call throws ExposureReset_Unreachable when there is no usable answer. Nothing of the
 * key, a ticket or a member is in any message.
 */
class ExposureReset_Api
{
    const PAGE = 1000; // members of one page of the list, and of one report

    private $settings;
    private $http;
    private $connect = 1;
    private $total = 2;

    public function __construct($settings, $http)
    {
        $this->settings = $settings;
        $this->http = $http;
    }

    /** From cron nobody waits for the page: take more time for a call. */
    public function patient()
    {
        $this->connect = 3;
        $this->total = 15;
    }

    /**
     * A page of the list after a cursor ('' from the beginning): array('members', 'cursor',
     * 'more', 'held', 'date', 'odd'). A member is array('id' => int, 'required' => bool,
     * 'since', 'state'); 'odd' is how many had an id that is none of this shop's, and are left
     * out; 'date' the API's time in seconds, 0 if it told none. A server that does not say
     * whether it is held is taken for held: then nobody's password is made worthless.
     */
    public function changes($cursor)
    {
        $query = $cursor === '' ? '' : '?cursor=' . rawurlencode($cursor);
        $a = $this->call('GET', '/password-resets' . $query, array(), null);
        $this->ok($a, array(200));
        $page = $this->json($a);
        if (!isset($page['members'], $page['next_cursor'], $page['more']) || !is_array($page['members']) || !is_bool($page['more'])
            || !self::matches('/\A[0-9]{1,18}\z/', $page['next_cursor']) || count($page['members']) > self::PAGE) {
            throw new ExposureReset_Unreachable('answer');
        }
        $result = array('members' => array(), 'cursor' => $page['next_cursor'], 'more' => $page['more'], 'odd' => 0);
        foreach ($page['members'] as $member) {
            $m = self::member($member);
            if ($m['id'] === 0) {
                $result['odd']++;
            } else {
                $result['members'][] = $m;
            }
        }
        $result['held'] = !isset($page['held']) || $page['held'] !== false;
        $result['date'] = isset($a['headers']['date']) ? (int) strtotime($a['headers']['date']) : 0;
        return $result;
    }

    /** Spends a ticket: the ids, as ints, whose passwords may be set; ExposureReset_Refused when it is worth nothing. */
    public function redeem($ticket)
    {
        if (!self::matches('/\A[A-Za-z0-9_-]{43}\z/', $ticket)) {
            throw new ExposureReset_Refused('404');
        }
        $a = $this->call('POST', '/reset-tickets/' . $ticket . '/redemption', array(), null);
        $this->ok($a, array(200));
        $answer = $this->json($a);
        if (!isset($answer['members']) || !is_array($answer['members']) || count($answer['members']) > self::PAGE) {
            throw new ExposureReset_Unreachable('answer');
        }
        $ids = array();
        foreach ($answer['members'] as $id) {
            if (self::id($id) > 0) {
                $ids[] = self::id($id);
            }
        }
        return $ids;
    }

    /** Tells that a member's new password is stored. The same key is the same telling. ExposureReset_Refused: never will be. */
    public function complete($id, $key)
    {
        $a = $this->call('POST', '/members/' . (int) $id . '/password-reset/completion', array('Idempotency-Key: ' . $key), null);
        $this->ok($a, array(200));
    }

    /** Sends a report, as KIT reports are described by the API; ExposureReset_Refused: it is not taken as it is. */
    public function report($report)
    {
        $this->ok($this->call('POST', '/kit-reports', array(), json_encode($report)), array(204));
    }

    private function call($method, $path, $headers, $body)
    {
        $headers[] = 'Authorization: Bearer ' . $this->settings->key;
        return $this->http->request($method, $this->settings->api_url . '/v1/mypage' . $path, $headers, $body, $this->connect, $this->total);
    }

    /** Sorts answers: as wanted, no for good, or ask again. */
    private function ok($a, $wanted)
    {
        if (in_array($a['status'], $wanted, true)) {
            return;
        }
        if (in_array($a['status'], array(400, 404, 409, 410, 413, 415, 422), true) && self::isProblem($a)) {
            throw new ExposureReset_Refused((string) $a['status']);
        }
        if ($a['status'] === 401 || $a['status'] === 403) {
            throw new ExposureReset_Unreachable('key');
        }
        throw new ExposureReset_Unreachable($a['status'] === 429 || $a['status'] >= 500 ? 'busy' : 'answer');
    }

    /** Whether the API itself said it: a page of a proxy in between is no refusal. */
    private static function isProblem($a)
    {
        $type = isset($a['headers']['content-type']) ? $a['headers']['content-type'] : '';
        $problem = json_decode($a['body'], true);
        return stripos($type, 'application/problem+json') === 0 && is_array($problem) && isset($problem['type'])
            && is_string($problem['type']) && strpos($problem['type'], 'urn:exposure:problem:') === 0;
    }

    private function json($a)
    {
        $type = isset($a['headers']['content-type']) ? $a['headers']['content-type'] : '';
        if (!preg_match('#\Aapplication/json\s*(;|\z)#i', $type)) {
            throw new ExposureReset_Unreachable('answer');
        }
        $value = json_decode($a['body'], true);
        if (!is_array($value)) {
            throw new ExposureReset_Unreachable('answer');
        }
        return $value;
    }

    private static function member($m)
    {
        if (!is_array($m) || !isset($m['member_id'], $m['required'], $m['state'], $m['since']) || !is_bool($m['required'])
            || !self::matches('/\A[A-Za-z0-9._-]{1,64}\z/', $m['member_id'])
            || !self::matches('/\A[a-z_]{1,32}\z/', $m['state'])
            || !self::matches('/\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\z/', $m['since'])) {
            throw new ExposureReset_Unreachable('answer');
        }
        return array('id' => self::id($m['member_id']), 'required' => $m['required'], 'state' => $m['state'], 'since' => $m['since']);
    }

    private static function matches($pattern, $text)
    {
        return is_string($text) && preg_match($pattern, $text);
    }

    /** A member's number as this shop has them: from 1, as its database holds; 0 for anything else. */
    public static function id($text)
    {
        if (!self::matches('/\A[1-9][0-9]{0,9}\z/', $text) || (float) $text > 2147483647) {
            return 0;
        }
        return (int) $text;
    }
}
