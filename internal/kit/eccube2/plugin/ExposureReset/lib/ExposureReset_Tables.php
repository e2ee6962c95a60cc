<?php
/** Makes and drops the kit's own tables. Nothing else of the shop's schema is touched. */
class ExposureReset_Tables
{
    private $db;

    public function __construct($db)
    {
        $this->db = $db;
    }

    /** Makes what is missing; what is there already keeps its contents. */
    public function install()
    {
        $end = $this->db->type() === 'mysql' ? ') ENGINE=InnoDB DEFAULT CHARSET=utf8' : ')';
        if (!$this->exists('plg_exposure_state')) {
            $this->db->run('CREATE TABLE plg_exposure_state (name VARCHAR(32) NOT NULL PRIMARY KEY, value TEXT' . $end);
        }
        if (!$this->exists('plg_exposure_member')) {
            $this->db->run('CREATE TABLE plg_exposure_member (customer_id INTEGER NOT NULL PRIMARY KEY, required INTEGER DEFAULT 0 NOT NULL,'
                . ' state VARCHAR(32), since VARCHAR(40), barred_at BIGINT DEFAULT 0 NOT NULL, barred_since VARCHAR(40), told_bar VARCHAR(40),'
                . ' sweeps INTEGER DEFAULT 2 NOT NULL, swept_at BIGINT DEFAULT 0 NOT NULL, evidence VARCHAR(64), told_evidence VARCHAR(64),'
                . ' renewal_key VARCHAR(36), renewal_evidence VARCHAR(64), renewed_at BIGINT DEFAULT 0 NOT NULL,'
                . ' told_turn BIGINT DEFAULT 0 NOT NULL' . $end);
        }
        $book = new ExposureReset_Book($this->db);
        foreach (array('next_run' => '0', 'turn' => '0', 'secret' => ExposureReset_Random::hex(32)) as $name => $value) {
            if ($book->get($name) === '') {
                $book->set($name, $value);
            }
        }
    }

    /** Drops both, with everything that was noted of members. */
    public function uninstall()
    {
        foreach (array('plg_exposure_member', 'plg_exposure_state') as $table) {
            if ($this->exists($table)) {
                $this->db->run('DROP TABLE ' . $table);
            }
        }
    }

    public function installed()
    {
        return $this->exists('plg_exposure_state') && $this->exists('plg_exposure_member');
    }

    private function exists($table)
    {
        $where = $this->db->type() === 'mysql' ? 'table_schema = DATABASE()' : 'table_schema = ANY (current_schemas(false))';
        $rows = $this->db->all('SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name = ? AND ' . $where, array($table));
        return (int) $rows[0]['n'] > 0;
    }
}
