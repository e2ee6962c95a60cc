<?php
use PHPUnit\Framework\TestCase;

/** A shop in a real database, with the kit's tables, and a real API at the other end. */
abstract class ShopCase extends TestCase
{
    const LIST = '/password-resets';

    private static $made = array();

    /** @var PdoDb */
    protected $db;
    /** @var Server */
    protected $server;
    /** @var HandClock */
    protected $clock;
    /** @var ExposureReset_Settings */
    protected $settings;

    public static function databases()
    {
        return array('PostgreSQL' => array('pgsql'), 'MariaDB' => array('mysql'));
    }

    protected function setUp(): void
    {
        if (!getenv('KIT_API_DIR')) {
            $this->markTestSkipped('the servers are started by the Go test');
        }
        $this->server = new Server();
        $this->clock = new HandClock();
        $this->clock->time = time(); // the API's clock is the machine's
        $this->settings = self::settingsOn();
    }

    protected function tearDown(): void
    {
        $this->db = null;
    }

    protected static function settingsOn()
    {
        return ExposureReset_Settings::fromArray(array(
            'api_url' => getenv('KIT_API_URL'), 'key' => Server::key(), 'lookup_url' => 'https://lookup.example.com/check', 'mode' => 'on',
            'shop_name' => 'はな雑貨店', 'phone' => '0120-39-3501', 'notice_date' => '2023年7月25日',
        ));
    }

    /** An empty shop. */
    protected function shop($type)
    {
        if (!getenv('KIT_' . strtoupper($type))) {
            $this->markTestSkipped("no $type");
        }
        $this->db = new PdoDb($type);
        $tables = new ExposureReset_Tables($this->db);
        if (!isset(self::$made[$type])) {
            $tables->uninstall();
            $this->make($type);
            self::$made[$type] = true;
        } else {
            foreach (array('dtb_customer', 'dtb_session', 'plg_exposure_member', 'plg_exposure_state') as $table) {
                $this->db->pdo()->exec("DELETE FROM $table");
            }
        }
        $tables->install();
    }

    /** The test has changed the tables: the next one makes them anew. */
    protected function spoilt()
    {
        self::$made = array();
    }

    private function make($type)
    {
        $pdo = $this->db->pdo();
        $pdo->exec('DROP TABLE IF EXISTS dtb_customer');
        $pdo->exec('DROP TABLE IF EXISTS dtb_session');
        $stamp = $type === 'mysql' ? 'DATETIME' : 'TIMESTAMP';
        $pdo->exec("CREATE TABLE dtb_customer (customer_id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL, email_mobile TEXT, password TEXT, salt TEXT, secret_key TEXT NOT NULL,"
            . " status SMALLINT DEFAULT 2 NOT NULL, del_flg SMALLINT DEFAULT 0 NOT NULL, update_date $stamp)");
        $pdo->exec("CREATE TABLE dtb_session (sess_id VARCHAR(100) NOT NULL PRIMARY KEY, sess_data TEXT, create_date $stamp, update_date $stamp)");
    }

    protected function member($id, $password = null, $more = array())
    {
        $hash = $password === null ? hash('sha256', "old $id") : $password;
        $row = $more + array('email' => "m$id@example.com", 'salt' => 'salt' . $id, 'status' => 2, 'del_flg' => 0);
        $this->db->pdo()->prepare("INSERT INTO dtb_customer (customer_id, email, password, salt, secret_key, status, del_flg, update_date) VALUES (?, ?, ?, ?, ?, ?, ?, '2023-01-02 03:04:05')")
            ->execute(array($id, $row['email'], $hash, $row['salt'], "r$id", $row['status'], $row['del_flg']));
        return $hash;
    }

    protected function password($id)
    {
        return $this->db->pdo()->query('SELECT password FROM dtb_customer WHERE customer_id = ' . (int) $id)->fetchColumn();
    }

    protected function setPassword($id, $hash)
    {
        $this->db->pdo()->prepare('UPDATE dtb_customer SET password = ? WHERE customer_id = ?')->execute(array($hash, $id));
    }

    /** A session of a member, as the shop stores it. */
    protected function session($name, $id)
    {
        $text = 'site|a:2:{s:10:"prev_page";s:1:"/";}' . 'customer|a:41:{s:11:"customer_id";s:' . strlen((string) $id) . ':"' . $id . '";s:6:"name01";s:3:"x|y";}cartkey|s:1:"1";';
        $this->rawSession($name, $text);
    }

    protected function rawSession($name, $text)
    {
        $this->db->pdo()->prepare('INSERT INTO dtb_session (sess_id, sess_data) VALUES (?, ?)')->execute(array($name, $text));
    }

    protected function sessions()
    {
        $names = $this->db->pdo()->query('SELECT sess_id FROM dtb_session')->fetchAll(PDO::FETCH_COLUMN);
        sort($names);
        return $names;
    }

    protected function book()
    {
        return new ExposureReset_Book($this->db);
    }

    /** A run over the test's database and API, or over what stands before them. */
    protected function runner($db = null, $http = null)
    {
        $db = $db ? $db : $this->db;
        $api = new ExposureReset_Api($this->settings, $http ? $http : new ExposureReset_Http());
        return new ExposureReset_Run($this->settings, $api, new ExposureReset_Book($db), new ExposureReset_Shop($db), $this->clock);
    }

    /** Does so many runs, each when it is due. */
    protected function rounds($n = 1, $cron = true)
    {
        for ($i = 0; $i < $n; $i++) {
            $this->assertTrue($this->runner()->go($cron), 'the run had its turn');
            $this->clock->time += 61;
        }
    }

    protected function bars($id)
    {
        $gate = new ExposureReset_Gate($this->settings, $this->book());
        return $gate->bars($id);
    }

    /** Whether a whole list was ever got. */
    protected function hadList()
    {
        return ExposureReset_Run::age($this->book(), $this->clock->now()) !== null;
    }

    /** What the API was told of members, by kind: array('barred' => array('1' => since), 'changed' => array('1' => evidence)). */
    protected function reported()
    {
        $all = array('barred' => array(), 'changed' => array());
        foreach ($this->server->reports() as $report) {
            foreach ($report['barred'] as $m) {
                $all['barred'][$m['member_id']] = $m['since'];
            }
            foreach ($report['changed'] as $m) {
                $all['changed'][$m['member_id']] = $m['evidence'];
            }
        }
        return $all;
    }
}
