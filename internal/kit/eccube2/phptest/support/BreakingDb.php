<?php
/** The process was killed here. Nothing of the kit catches it. */
class Killed extends Exception
{
}

/** A database on whose n-th call the process is killed: before the statement, or right after it. */
class BreakingDb implements ExposureReset_Db
{
    public $calls = 0;
    private $db;
    private $at;
    private $after;
    private $what;

    /** @param string $what 'kill', or 'trouble' for a statement that fails */
    public function __construct($db, $at, $after, $what = 'kill')
    {
        $this->db = $db;
        $this->at = $at;
        $this->after = $after;
        $this->what = $what;
    }

    private function call($method, $args)
    {
        $hit = ++$this->calls === $this->at;
        $hit && !$this->after && $this->hit();
        $result = call_user_func_array(array($this->db, $method), $args);
        $hit && $this->after && $this->hit();
        return $result;
    }

    private function hit()
    {
        if ($this->what === 'trouble') {
            throw new ExposureReset_Trouble('db');
        }
        throw new Killed('killed');
    }

    public function all($sql, $params = array())
    {
        return $this->call('all', array($sql, $params));
    }

    public function run($sql, $params = array())
    {
        return $this->call('run', array($sql, $params));
    }

    public function begin()
    {
        $this->call('begin', array());
    }

    public function commit()
    {
        $this->call('commit', array());
    }

    public function rollback()
    {
        $this->call('rollback', array());
    }

    public function type()
    {
        return $this->db->type();
    }
}
