<?php
/** The shop's lists and constants. */
class SC_DB_MasterData
{
    public function getMasterData($name, $columns = array())
    {
        $all = array();
        foreach (SC_Query_Ex::getSingletonInstance()->select('id, name', $name) as $row) {
            $all[$row['id']] = $row['name'];
        }

        return $all;
    }

    /** defineConstants defines what mtb_constants holds: each value is a piece of PHP. */
    public static function defineConstants()
    {
        $self = new self();
        foreach ($self->getMasterData('mtb_constants') as $id => $value) {
            defined($id) || define($id, eval('return ' . $value . ';'));
        }
    }
}
