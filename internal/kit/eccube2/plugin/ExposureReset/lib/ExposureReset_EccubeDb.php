<?php
if (!interface_exists('ExposureReset_Db')) { exit; } // asked for over the web
/**
 * The shop's database through the shop's own SC_Query: 2.11 to 2.25 (MDB2), and 2.4 (DB).
 * It shares the shop's connection. A failing statement throws instead of showing the shop's
 * error page.
 */
class ExposureReset_EccubeDb implements ExposureReset_Db
{
    private $query;
    private $old; // PEAR DB, in 2.4: what stands before it shows the error page for every error
    private $depth = 0;

    public function __construct()
    {
        $class = class_exists('SC_Query_Ex') ? 'SC_Query_Ex' : 'SC_Query';
        $this->query = new $class('', true); // force_run; 2.4 calls its second argument otherwise, and true is its default
        $this->old = defined('MDB2_PREPARE_MANIP') ? null : $this->query->conn->conn;
    }

    public function all($sql, $params = array())
    {
        $rows = $this->old ? $this->old->getAll($sql, $params, DB_FETCHMODE_ASSOC) : $this->query->getAll($sql, $params);
        if (!is_array($rows)) {
            throw new ExposureReset_Trouble('db');
        }
        return $rows;
    }

    public function run($sql, $params = array())
    {
        $result = $this->old ? $this->old->query($sql, $params) : $this->query->query($sql, $params, true, null, MDB2_PREPARE_MANIP);
        $this->check($result);
        if ($this->old) {
            $result = $this->old->affectedRows();
            $this->check($result);
        }
        return is_numeric($result) ? (int) $result : 0;
    }

    private function check($result)
    {
        if ($result === null || $result === false || (is_object($result) && is_a($result, 'PEAR_Error'))) {
            throw new ExposureReset_Trouble('db');
        }
    }

    public function begin()
    {
        if (!$this->old && method_exists($this->query, 'inTransaction') && $this->query->inTransaction()) {
            $this->depth = -1; // the shop's own: it is the shop's to end
            return;
        }
        $this->depth = 1;
        $this->check($this->old ? $this->old->query('BEGIN') : $this->query->begin());
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
        $mine = $this->depth === 1;
        $this->depth = 0;
        if ($mine) {
            $this->check($this->old ? $this->old->query(strtoupper($how)) : $this->query->$how());
        }
    }

    public function type()
    {
        return strpos(DB_TYPE, 'mysql') === 0 ? 'mysql' : 'pgsql';
    }
}
