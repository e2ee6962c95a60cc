<?php
/** The API of router.php, from outside. */
class Server
{
    private $dir;
    private $state;

    public function __construct()
    {
        $this->dir = getenv('KIT_API_DIR');
        $this->state = array('key' => self::key(), 'changes' => array(), 'page' => 1000, 'bulk' => 0, 'held' => false, 'tickets' => array(), 'redeemed' => array(), 'instead' => array());
        $this->save();
        $this->forget();
    }

    public static function key()
    {
        return 'exk_' . str_repeat('k', 43);
    }

    private function load()
    {
        $this->state = json_decode(file_get_contents($this->dir . '/server.json'), true);
    }

    private function save()
    {
        file_put_contents($this->dir . '/server.json', json_encode($this->state), LOCK_EX);
    }

    public function set($name, $value)
    {
        $this->load();
        $this->state[$name] = $value;
        $this->save();
    }

    /** Adds a change to the list. */
    public function change($id, $state = 'required', $since = '2023-07-26T09:00:00+09:00')
    {
        $this->load();
        $barred = in_array($state, array('required', 'ticket_issued', 'changed_unverified'), true);
        $this->state['changes'][] = array('member_id' => (string) $id, 'required' => $barred, 'since' => $since, 'state' => $state);
        $this->save();
    }

    /** Answers otherwise to paths that begin so. */
    public function instead($path, $status, $body = '', $headers = array('Content-Type: application/json'), $wait = 0, $times = 1)
    {
        $this->load();
        $this->state['instead'] = array('/v1/mypage' . $path => compact('status', 'body', 'headers', 'wait', 'times'));
        $this->save();
    }

    public function asUsual()
    {
        $this->set('instead', array());
    }

    /** A problem of the API itself. */
    public function problem($path, $status, $slug = 'x')
    {
        $this->instead($path, $status, json_encode(array('type' => 'urn:exposure:problem:' . $slug)), array('Content-Type: application/problem+json'));
    }

    public function forget()
    {
        file_put_contents($this->dir . '/log.jsonl', '');
    }

    /** What was asked, whose call begins so. */
    public function log($start = '')
    {
        $found = array();
        foreach (file($this->dir . '/log.jsonl') as $line) {
            $entry = json_decode($line, true);
            if (strncmp($entry['call'], $start, strlen($start)) === 0) {
                $found[] = $entry;
            }
        }
        return $found;
    }

    /** Bodies of the reports. */
    public function reports()
    {
        $bodies = array();
        foreach ($this->log('POST /v1/mypage/kit-reports') as $entry) {
            $bodies[] = json_decode($entry['body'], true);
        }
        return $bodies;
    }
}
