<?php
/** The connection behind SC_Query. */
class MDB2_Connection
{
    private static $shared;

    public $dsn = array('phptype' => DB_TYPE);
    public $open = false; // a transaction is
    public $limit = '';   // of the next statement
    public $last_query = '';
    private $pdo;

    private function __construct()
    {
        $this->pdo = new PDO(getenv('EXPOSURE_HOST_DSN'), getenv('EXPOSURE_HOST_DB_USER'), '', array(
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => false, PDO::ATTR_STRINGIFY_FETCHES => true,
        ));
        if (DB_TYPE !== 'pgsql') {
            $this->pdo->exec('SET NAMES utf8');
            $this->pdo->exec("SET SESSION sql_mode = 'ANSI'");
        }
    }

    public static function open($new)
    {
        if ($new) {
            return new self();
        }
        if (self::$shared === null) {
            self::$shared = new self();
        }

        return self::$shared;
    }

    public function begin()
    {
        if (!$this->open) {
            $this->pdo->exec('BEGIN');
            $this->open = true;
        }

        return MDB2_OK;
    }

    public function end($word)
    {
        if (!$this->open) {
            return false;
        }
        $this->open = false;
        $this->pdo->exec($word);

        return MDB2_OK;
    }

    public function inTransaction()
    {
        return $this->open;
    }

    public function quote($val)
    {
        return $this->pdo->quote($val);
    }

    public function run($sql, array $vals, $manip)
    {
        if (DB_TYPE !== 'pgsql') {
            $sql = preg_replace('/[\r\n\t]/', ' ', $sql);
        }
        $sql .= $this->limit;
        $this->limit = '';
        $this->last_query = $sql;
        try {
            $statement = $this->pdo->prepare($sql);
            $statement->execute(array_map(array($this, 'sent'), $vals));

            return $manip ? $statement->rowCount() : new MDB2_Result($statement);
        } catch (PDOException $e) {
            return new PEAR_Error($e->getMessage() . "\n" . $sql);
        }
    }

    private function sent($val)
    {
        if (is_bool($val)) {
            return DB_TYPE === 'pgsql' ? ($val ? 't' : 'f') : (int) $val;
        }

        return $val === '' ? null : $val;
    }
}
