<?php
/**
 * The shop's database through the shop's own SC_Query: 2.11 to 2.25 (MDB2), and 2.4 (DB).
 * It shares the shop's connection. A failing statement throws instead of showing the shop's
 * error page.
 */
class ExposureReset_EccubeDb implements ExposureReset_Db
{
    private $query;
    private $old; // 2.4: PEAR DB instead of MDB2
    private $depth = 0;

    public function __construct()
    {
        $this->old = !defined('MDB2_PREPARE_MANIP');
        $class = class_exists('SC_Query_Ex') ? 'SC_Query_Ex' : 'SC_Query';
        // The second argument is force_run, in 2.4 err_disp: the one returns errors when true, the other when false.
        $this->query = $this->old ? new $class('', false) : new $class('', true);
    }

    public function all($sql, $params = array())
    {
        $rows = $this->old ? $this->query->conn->getAll($sql, $params) : $this->query->getAll($sql, $params);
        if (!is_array($rows)) {
            throw new ExposureReset_Trouble('db');
        }
        return $rows;
    }

    public function run($sql, $params = array())
    {
        if ($this->old) {
            $result = $this->query->conn->query($sql, $params, true);
            $this->check($result);
            return (int) $this->query->conn->conn->affectedRows();
        }
        $result = $this->query->query($sql, $params, true, null, MDB2_PREPARE_MANIP);
        $this->check($result);
        return is_int($result) || (is_string($result) && ctype_digit($result)) ? (int) $result : 0;
    }

    private function check($result)
    {
        if ($result === null || $result === false || (is_object($result) && is_a($result, 'PEAR_Error'))) {
            throw new ExposureReset_Trouble('db');
        }
    }

    public function begin()
    {
        if (!$this->old && $this->query->inTransaction()) {
            $this->depth = -1; // the shop's own: it is the shop's to end
            return;
        }
        $this->depth = 1;
        $this->check($this->query->begin());
    }

    public function commit()
    {
        $this->end('commit');
    }

    public function rollback()
    {
        $this->end('rollback');
    }

    private function end($how)
    {
        if ($this->depth === 1) {
            $this->query->$how();
        }
        $this->depth = 0;
    }

    public function type()
    {
        return strpos(DB_TYPE, 'mysql') === 0 ? 'mysql' : 'pgsql';
    }
}
