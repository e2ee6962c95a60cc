<?php
/**
 * The shop's way to its database. As with the real one an empty string in a parameter is sent
 * as NULL and an empty string in a row is read as null, a begin within a transaction does
 * nothing, and trouble ends the request with the page for trouble unless force_run is set.
 */
class SC_Query
{
    public static $arrPoolInstance = array();

    public $option = '';
    public $where = '';
    public $arrWhereVal = array();
    public $conn;
    public $groupby = '';
    public $order = '';
    public $force_run = false;

    public function __construct($dsn = '', $force_run = false, $new = false)
    {
        $this->conn = MDB2_Connection::open($new);
        $this->force_run = $force_run;
    }

    public static function getSingletonInstance($dsn = '', $force_run = false, $new = false)
    {
        if (self::getPoolInstance() === null) {
            self::$arrPoolInstance[0] = new SC_Query_Ex($dsn, $force_run, $new);
        }

        return clone self::$arrPoolInstance[0];
    }

    public static function getPoolInstance($dsn = '')
    {
        return self::$arrPoolInstance[0] ?? null;
    }

    public function begin()
    {
        return $this->conn->begin();
    }

    public function commit()
    {
        return $this->conn->end('COMMIT');
    }

    public function rollback()
    {
        return $this->conn->end('ROLLBACK');
    }

    public function inTransaction()
    {
        return $this->conn->open;
    }

    public function setOrder($str)
    {
        $this->order = strlen($str) === 0 ? '' : 'ORDER BY ' . $str;

        return $this;
    }

    public function setGroupBy($str)
    {
        $this->groupby = strlen($str) === 0 ? '' : 'GROUP BY ' . $str;

        return $this;
    }

    public function setOption($str)
    {
        $this->option = $str;

        return $this;
    }

    public function setLimitOffset($limit, $offset = 0)
    {
        $this->conn->limit = sprintf(' LIMIT %d OFFSET %d', $limit, $offset);

        return $this;
    }

    public function setLimit($limit)
    {
        return $this->setLimitOffset($limit);
    }

    public function getSql($cols, $from = '', $where = '', &$arrWhereVal = null)
    {
        $sql = 'SELECT ' . $cols . (strlen($from) === 0 ? '' : ' FROM ' . $from);
        if (strlen($where) >= 1) {
            $sql .= ' WHERE ' . $where;
        }

        return $sql . ' ' . $this->groupby . ' ' . $this->order . ' ' . $this->option;
    }

    public function select($cols, $from = '', $where = '', $arrWhereVal = array(), $fetchmode = MDB2_FETCHMODE_ASSOC)
    {
        return $this->getAll($this->getSql($cols, $from, $where), $arrWhereVal, $fetchmode);
    }

    public function getAll($sql, $arrVal = array(), $fetchmode = MDB2_FETCHMODE_ASSOC)
    {
        $result = $this->query($sql, $arrVal);

        return PEAR::isError($result) ? null : $result->fetchAll($fetchmode);
    }

    public function getRow($col, $table = '', $where = '', $arrWhereVal = array(), $fetchmode = MDB2_FETCHMODE_ASSOC)
    {
        $result = $this->query($this->getSql($col, $table, $where), $arrWhereVal);

        return PEAR::isError($result) ? null : $result->fetchRow($fetchmode);
    }

    public function getCol($col, $table = '', $where = '', $arrWhereVal = array())
    {
        $result = $this->query($this->getSql($col, $table, $where), $arrWhereVal);

        return PEAR::isError($result) ? null : array_column($result->fetchAll(MDB2_FETCHMODE_ORDERED), 0);
    }

    public function getOne($sql, $arrVal = array())
    {
        $result = $this->query($sql, $arrVal);

        return PEAR::isError($result) ? null : $result->fetchOne();
    }

    public function get($col, $table = '', $where = '', $arrWhereVal = array())
    {
        return $this->getOne($this->getSql($col, $table, $where), $arrWhereVal);
    }

    public function count($table, $where = '', $arrWhereVal = array())
    {
        return $this->get('COUNT(*)', $table, $where, $arrWhereVal);
    }

    public function exists($table, $where = '', $arrWhereVal = array())
    {
        return (bool) $this->getOne('SELECT CASE WHEN EXISTS(' . $this->getSql('*', $table, $where) . ') THEN 1 ELSE 0 END', $arrWhereVal);
    }

    public function insert($table, $arrVal, $arrSql = array(), $arrSqlVal = array())
    {
        list($cols, $marks, $vals) = $this->taken($arrVal);
        foreach ($arrSql as $key => $text) {
            $cols[] = $key;
            $marks[] = $text;
        }

        return $this->manip('INSERT INTO ' . $table . '(' . implode(',', $cols) . ') VALUES (' . implode(',', $marks) . ')', array_merge($vals, $arrSqlVal));
    }

    public function update($table, $arrVal, $where = '', $arrWhereVal = array(), $arrRawSql = array(), $arrRawSqlVal = array())
    {
        list($cols, $marks, $vals) = $this->taken($arrVal);
        $set = array();
        foreach ($cols as $i => $col) {
            $set[] = $col . '=' . $marks[$i];
        }
        foreach ((array) $arrRawSql as $key => $text) {
            $set[] = $key . ' = ' . $text;
        }
        $sql = 'UPDATE ' . $table . ' SET ' . implode(', ', $set) . (strlen($where) >= 1 ? ' WHERE ' . $where : '');

        return $this->manip($sql, array_merge($vals, (array) $arrRawSqlVal, (array) $arrWhereVal));
    }

    public function delete($table, $where = '', $arrWhereVal = array())
    {
        return $this->manip('DELETE FROM ' . $table . (strlen($where) >= 1 ? ' WHERE ' . $where : ''), $arrWhereVal);
    }

    /** taken takes values apart: CURRENT_TIMESTAMP and now() are said by name. */
    private function taken($arrVal)
    {
        $marks = $vals = array();
        foreach ($arrVal as $val) {
            if (in_array(strtolower((string) $val), array('current_timestamp', 'now()'), true)) {
                $marks[] = 'CURRENT_TIMESTAMP';
            } else {
                $marks[] = '?';
                $vals[] = $val;
            }
        }

        return array(array_keys($arrVal), $marks, $vals);
    }

    private function manip($sql, $arrVal)
    {
        return $this->query($sql, $arrVal, false, null, MDB2_PREPARE_MANIP);
    }

    public function exec($str, $arrVal = array())
    {
        return $this->query($str, $arrVal);
    }

    /** query returns the number of changed rows with MDB2_PREPARE_MANIP, and a result without. */
    public function query($n, $arr = array(), $ignore_err = false, $types = null, $result_types = MDB2_PREPARE_RESULT)
    {
        $result = $this->conn->run($n, array_values((array) $arr), $result_types === MDB2_PREPARE_MANIP);
        if (PEAR::isError($result)) {
            $this->error($result->getMessage());
        }

        return $result;
    }

    private function error($msg)
    {
        if ($this->force_run) {
            GC_Utils_Ex::gfPrintLog($msg, ERROR_LOG_REALFILE);
        } else {
            trigger_error('DB処理でエラーが発生しました。' . "\n" . $msg, E_USER_ERROR);
        }
    }

    public function nextVal($seq_name)
    {
        if (DB_TYPE === 'pgsql') {
            return $this->getOne("SELECT nextval('" . $seq_name . "_seq')");
        }
        $this->manip('INSERT INTO ' . $seq_name . '_seq (sequence) VALUES (NULL)', array());

        return $this->getOne('SELECT LAST_INSERT_ID()');
    }

    public function listTables()
    {
        $where = DB_TYPE === 'pgsql' ? "table_schema = 'public'" : 'table_schema = DATABASE()';

        return $this->getCol('table_name', 'information_schema.tables', $where);
    }

    public function listTableFields($table)
    {
        $where = DB_TYPE === 'pgsql' ? "table_schema = 'public'" : 'table_schema = DATABASE()';

        return $this->getCol('column_name', 'information_schema.columns', $where . ' AND table_name = ?', array($table));
    }
}
