<?php
/** The process was killed here. Nothing of the kit catches it. */
class Killed extends Exception
{
}

/** A database on whose n-th call the process is killed. */
class BreakingDb implements ExposureReset_Db
{
    public $calls = 0;
    private $db;
    private $at;
    private $what;

    /** @param string $what 'kill', or 'trouble' for a statement that fails; $at 0: never */
    public function __construct($db, $at, $what = 'kill')
    {
        $this->db = $db;
        $this->at = $at;
        $this->what = $what;
    }

    private function call($method, $args)
    {
        if (++$this->calls === $this->at) {
            throw $this->what === 'trouble' ? new ExposureReset_Trouble('db') : new Killed('killed');
        }
        return call_user_func_array(array($this->db, $method), $args);
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
