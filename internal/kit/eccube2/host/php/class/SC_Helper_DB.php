<?php
/** What the shop says of itself. */
class SC_Helper_DB
{
    public static function sfGetBasisData($force = false)
    {
        return SC_Query_Ex::getSingletonInstance()->getRow('*', 'dtb_baseinfo');
    }
}
