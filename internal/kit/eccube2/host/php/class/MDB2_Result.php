<?php
/** Rows that came back. */
class MDB2_Result
{
    private $rows = array();

    public function __construct(PDOStatement $statement)
    {
        if ($statement->columnCount() === 0) {
            return;
        }
        foreach ($statement->fetchAll(PDO::FETCH_ASSOC) as $row) {
            $this->rows[] = array_map(array($this, 'read'), $row);
        }
    }

    private function read($val)
    {
        return $val === '' ? null : $val;
    }

    public function fetchRow($fetchmode = MDB2_FETCHMODE_ASSOC)
    {
        $row = array_shift($this->rows);

        return $row !== null && $fetchmode === MDB2_FETCHMODE_ORDERED ? array_values($row) : $row;
    }

    public function fetchAll($fetchmode = MDB2_FETCHMODE_ASSOC)
    {
        $all = array();
        while (($row = $this->fetchRow($fetchmode)) !== null) {
            $all[] = $row;
        }

        return $all;
    }

    public function fetchOne()
    {
        $row = $this->fetchRow(MDB2_FETCHMODE_ORDERED);

        return $row[0] ?? null;
    }

    public function numRows()
    {
        return count($this->rows);
    }

    public function free()
    {
        $this->rows = array();
    }
}
