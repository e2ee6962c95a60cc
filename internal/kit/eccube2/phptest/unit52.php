<?php
// The kit within PHP 5.2: its logic over SQLite, and an API that is an object. Notices and
// E_STRICT count as failures. What needs real servers is tried by PHPUnit in a newer PHP.
require_once '/plugin/ExposureReset/lib/load.php';

$checks = 0;

function same($want, $got, $what)
{
    global $checks;
    $checks++;
    if ($want !== $got) {
        echo $what, ': got ', var_export($got, true), ', want ', var_export($want, true), "\n";
        exit(1);
    }
}

function onError($number, $text, $file, $line)
{
    if (error_reporting() & $number) {
        echo "$text at $file:$line\n";
        exit(1);
    }
    return false;
}
set_error_handler('onError', E_ALL | E_STRICT);

class SqliteDb implements ExposureReset_Db
{
    private $pdo;

    public function __construct()
    {
        $this->pdo = new PDO('sqlite::memory:');
        $this->pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $this->pdo->sqliteCreateFunction('MD5', 'md5', 1);
        $this->pdo->exec('CREATE TABLE dtb_customer (customer_id INTEGER PRIMARY KEY, email TEXT, password TEXT, salt TEXT, status INTEGER, del_flg INTEGER)');
        $this->pdo->exec('CREATE TABLE dtb_session (sess_id TEXT PRIMARY KEY, sess_data TEXT)');
    }

    private function execute($sql, $params)
    {
        $sql = str_replace(array('information_schema.tables', 'table_name = ?', 'table_schema = ANY (current_schemas(false))'), array('sqlite_master', 'name = ?', '1 = 1'), $sql);
        $s = $this->pdo->prepare($sql);
        foreach ($params as $i => $value) {
            $s->bindValue($i + 1, $value, is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR);
        }
        $s->execute();
        return $s;
    }

    public function all($sql, $params = array())
    {
        return $this->execute($sql, $params)->fetchAll(PDO::FETCH_ASSOC);
    }

    public function run($sql, $params = array())
    {
        return $this->execute($sql, $params)->rowCount();
    }

    public function begin()
    {
        $this->pdo->beginTransaction();
    }

    public function commit()
    {
        $this->pdo->commit();
    }

    public function rollback()
    {
        $this->pdo->rollBack();
    }

    public function type()
    {
        return 'pgsql';
    }
}

class Calls extends ExposureReset_Http
{
    public $answers = array(); // by the start of "METHOD path"
    public $log = array();

    public function request($method, $url, $headers, $body, $connectSeconds, $totalSeconds)
    {
        $call = $method . ' ' . substr($url, strlen('https://api.example.com/v1/mypage'));
        $this->log[] = $call . ($body === null ? '' : ' ' . $body);
        foreach ($this->answers as $start => $answer) {
            if (strncmp($call, $start, strlen($start)) === 0) {
                return array('status' => $answer[0], 'headers' => array('content-type' => $answer[0] < 300 ? 'application/json' : 'application/problem+json'), 'body' => $answer[1]);
            }
        }
        throw new ExposureReset_Unreachable('connect');
    }
}

class Look
{
    public function hash($password, $salt)
    {
        return hash_hmac('sha256', $password, $salt);
    }

    public function matches($password, $hash, $salt)
    {
        return $this->hash($password, $salt) === $hash;
    }
}

class Hand extends ExposureReset_Clock
{
    public $time = 1690000000;

    public function now()
    {
        return $this->time;
    }
}

$db = new SqliteDb();
$tables = new ExposureReset_Tables($db);
$tables->install();
same(true, $tables->installed(), 'tables');
foreach (array(1, 2, 11) as $id) {
    $db->run('INSERT INTO dtb_customer VALUES (?, ?, ?, ?, 2, 0)', array($id, "m$id@example.com", hash_hmac('sha256', "old password $id", "s$id"), "s$id"));
    $db->run('INSERT INTO dtb_session VALUES (?, ?)', array("s$id", 'customer|a:41:{s:11:"customer_id";s:' . strlen($id) . ':"' . $id . '";}'));
}
$settings = ExposureReset_Settings::fromArray(array('api_url' => 'https://api.example.com', 'key' => 'exk_' . str_repeat('k', 43), 'mode' => 'on'));
same($settings->toArray(), ExposureReset_Settings::unpack($settings->pack())->toArray(), 'settings');
$http = new Calls();
$clock = new Hand();
$api = new ExposureReset_Api($settings, $http);
$book = new ExposureReset_Book($db);
$shop = new ExposureReset_Shop($db);
$run = new ExposureReset_Run($settings, $api, $book, $shop, $clock);
$gate = new ExposureReset_Gate($settings, $book);

same(true, $run->go(false), 'a round without an API');
same(null, ExposureReset_Run::age($book, $clock->now()), 'no list');
$http->answers = array(
    'GET /password-resets' => array(200, '{"members":[{"member_id":"1","required":true,"since":"2023-07-26T09:00:00+09:00","state":"required"},{"member_id":"m-5","required":true,"since":"2023-07-26T09:00:00+09:00","state":"required"},{"member_id":"2","required":false,"since":"2023-07-26T09:00:00+09:00","state":"planned"}],"more":false,"next_cursor":"3","held":false}'),
    'POST /kit-reports' => array(204, ''),
    'POST /members/1/password-reset/completion' => array(200, '{"required":false,"since":"2023-07-26T10:30:00+09:00","state":"completed"}'),
    'POST /reset-tickets/' . str_repeat('t', 43) . '/redemption' => array(200, '{"members":["1","99"]}'),
    'POST /reset-tickets/' => array(404, '{"type":"urn:exposure:problem:not-found"}'),
);
$clock->time += 61;
same(true, $run->go(true), 'a round');
same(0, ExposureReset_Run::age($book, $clock->now()), 'a list');
same(array(true, false, false), array($gate->bars(1), $gate->bars(2), $gate->bars('11')), 'the gate');
$left = $db->all("SELECT customer_id FROM dtb_customer WHERE password <> '' ORDER BY customer_id");
same(array(array('customer_id' => '2'), array('customer_id' => '11')), $left, 'passwords');
same(2, count($db->all('SELECT * FROM dtb_session')), 'sessions');
$report = json_decode(substr(end($http->log), strlen('POST /kit-reports ')), true);
same(array('version' => '1.0.0', 'mode' => 'on', 'list_age' => 0, 'findings' => array('ids'), 'barred' => array(array('member_id' => '1', 'since' => '2023-07-26T09:00:00+09:00')), 'changed' => array()), $report, 'the report');

$renewal = new ExposureReset_Renewal($settings, $api, $book, $shop, new Look(), $clock);
same(array(1), $renewal->redeem(str_repeat('t', 43)), 'a ticket');
try {
    $renewal->redeem(str_repeat('u', 43));
    same(true, false, 'a spent ticket');
} catch (ExposureReset_Refused $e) {
    same('404', $e->getMessage(), 'a spent ticket');
}
same(array('short', 'characters'), $renewal->set(1, 'short one', 'short one'), 'a reason');
same(array('common'), $renewal->set(1, 'password1234', 'password1234'), 'a common one');
same(array(), $renewal->set(1, 'kD7-wq9Z.fLm2', 'kD7-wq9Z.fLm2'), 'a new password');
same(false, $gate->bars(1), 'let in');
$clock->time += 61;
$http->answers['GET /password-resets'] = array(200, '{"members":[],"more":false,"next_cursor":"4","held":false}');
same(true, $run->go(false), 'the next round');
same(0, $book->numbers() === array('required' => 0, 'barred' => 0, 'untold' => 0, 'waiting' => 0) ? 0 : 1, 'numbers');
$self = new ExposureReset_SelfTest($settings, $api, $book, $shop, $clock);
same(true, count($self->lines()) > 10, 'the self-test');
same(1, preg_match('/\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z/', ExposureReset_Random::uuid()), 'a key');
same(array(true, false), array(ExposureReset_Random::same('abc', 'abc'), ExposureReset_Random::same('abc', 'abd')), 'comparing');
same(true, ExposureReset_HttpStream::named(array('subject' => array('CN' => 'x'), 'extensions' => array('subjectAltName' => 'DNS:a.example.com, DNS:*.b.example.com')), 'c.b.example.com'), 'a name');
$tables->uninstall();
same(false, $tables->installed(), 'tables are gone');
echo $checks, " checks\n";
