<?php
/** A real database over PDO. '' becomes NULL on the way in and out, and texts lose spaces at their right end, as in the shop's own layer at its worst. */
class PdoDb implements ExposureReset_Db
{
    private $pdo;
    private $type;

    /** @param string $type pgsql or mysql; its data source is in the environment */
    public function __construct($type)
    {
        $this->type = $type;
        $user = $type === 'mysql' ? 'root' : 'live';
        $this->pdo = new PDO(getenv('KIT_' . strtoupper($type)), $user, '', array(PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION));
        if ($type === 'mysql') {
            $this->pdo->exec("SET SESSION sql_mode = 'ANSI,STRICT_ALL_TABLES'");
        }
    }

    private function execute($sql, $params)
    {
        if (preg_match('/!=|&/', $sql) || substr_count($sql, '?') !== count($params)) {
            throw new LogicException('no statement for the oldest layer: ' . $sql);
        }
        try {
            $s = $this->pdo->prepare($sql);
            foreach (array_values($params) as $i => $value) {
                $s->bindValue($i + 1, $value === '' ? null : $value, is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR);
            }
            $s->execute();
            return $s;
        } catch (PDOException $e) {
            throw new ExposureReset_Trouble('db');
        }
    }

    public function all($sql, $params = array())
    {
        $rows = $this->execute($sql, $params)->fetchAll(PDO::FETCH_ASSOC);
        foreach ($rows as $i => $row) {
            foreach ($row as $name => $value) {
                $value = is_string($value) ? rtrim($value) : $value;
                $rows[$i][$name] = $value === '' ? null : $value;
            }
        }
        return $rows;
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
        return $this->type;
    }

    /** For tests: as it is stored. */
    public function pdo()
    {
        return $this->pdo;
    }
}
